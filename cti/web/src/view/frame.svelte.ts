// What a page tells the frame around it, and where the keyboard goes when a page has changed.

import type { Attachment } from 'svelte/attachments';

/** Who is signed in, for the head of the page. */
export interface Person {
  name: string;
  /** May sign out here: nobody does while on shift. */
  mayLeave: boolean;
}

class Frame {
  person: Person | null = $state.raw(null);
  #lost = false;

  /** What was pressed goes from the page with the focus on it: the next landing takes it. */
  leaving(): void {
    this.#lost = true;
  }

  /** Marks the heading or control that takes a focus lost by leaving. */
  landing: Attachment<HTMLElement> = (node) => {
    if (!this.#lost) return;
    this.#lost = false;
    node.focus();
  };
}

/** The one of this page. */
export const frame = new Frame();
