/** Build of the page, told to the server in hello. */
declare const __APP__: string;
