// Microphone and loudspeakers of the workstation. One operation at a time: a device
// that comes back while another is being opened must not win by accident.

/** Why there is no microphone: a key of the dictionary is mic.<why>. */
export type MicProblem = 'denied' | 'none' | 'busy' | 'insecure' | 'failed';

export class MicError extends Error {
  constructor(
    readonly why: MicProblem,
    cause: unknown,
  ) {
    super(`microphone: ${why}`, { cause });
  }
}

export interface MicWish {
  /** Label of the device, '' = the system's choice. */
  label: string;
  /** True for tests with tones, which echo and noise suppression would eat. */
  raw: boolean;
}

export interface DeviceNames {
  mics: string[];
  speakers: string[];
}

const settleMs = 300; // unplugging makes several devicechange events

/** Opens and watches one microphone. */
export class Devices {
  #queue: Promise<unknown> = Promise.resolve();
  #stream: MediaStream | null = null;
  #wish: MicWish = { label: '', raw: false };
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #onMic: (stream: MediaStream) => void;
  readonly #onLost: (err: MicError) => void;

  /** onMic is told of each stream that replaces a lost one, onLost when none could be had. */
  constructor(onMic: (stream: MediaStream) => void, onLost: (err: MicError) => void) {
    this.#onMic = onMic;
    this.#onLost = onLost;
  }

  /** Opens the microphone, asking for permission when needed; throws MicError. */
  open(wish: MicWish): Promise<MediaStream> {
    return this.#alone(async () => {
      this.#wish = wish;
      const stream = await acquire(wish);
      this.#swap(stream);
      return stream;
    });
  }

  /** Lets the microphone go. */
  close(): Promise<void> {
    return this.#alone(() => {
      navigator.mediaDevices?.removeEventListener('devicechange', this.#changed);
      clearTimeout(this.#timer);
      for (const track of this.#stream?.getTracks() ?? []) track.stop();
      this.#stream = null;
      return Promise.resolve();
    });
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#queue.then(work, work);
    this.#queue = next.catch(() => undefined);
    return next;
  }

  #swap(stream: MediaStream): void {
    const old = this.#stream;
    this.#stream = stream;
    stream.getAudioTracks()[0]?.addEventListener('ended', this.#changed);
    navigator.mediaDevices.addEventListener('devicechange', this.#changed);
    this.#onMic(stream);
    for (const track of old?.getTracks() ?? []) track.stop();
  }

  readonly #changed = (): void => {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#alone(() => this.#reacquire()), settleMs);
  };

  /** Opens the wished microphone again when the present one is gone or a better one came. */
  async #reacquire(): Promise<void> {
    const track = this.#stream?.getAudioTracks()[0];
    if (track === undefined) return;
    const wished = this.#wish.label !== '' && track.label !== this.#wish.label;
    const back = wished && (await deviceNames()).mics.includes(this.#wish.label);
    if (track.readyState === 'live' && !back) return;
    try {
      this.#swap(await acquire(this.#wish));
    } catch (err) {
      this.#onLost(err instanceof MicError ? err : new MicError('failed', err));
    }
  }
}

async function acquire(wish: MicWish): Promise<MediaStream> {
  const media = navigator.mediaDevices as MediaDevices | undefined;
  if (media === undefined) throw new MicError('insecure', 'no mediaDevices');
  const clean = !wish.raw;
  const audio: MediaTrackConstraints = {
    channelCount: 1,
    echoCancellation: clean,
    noiseSuppression: clean,
    autoGainControl: clean,
  };
  const id = await idOf('audioinput', wish.label);
  if (id !== '') audio.deviceId = { ideal: id };
  try {
    return await media.getUserMedia({ audio });
  } catch (err) {
    throw new MicError(problemOf(err), err);
  }
}

/** Maps the names of getUserMedia's exceptions (Media Capture and Streams, 10.3.8). */
export function problemOf(err: unknown): MicProblem {
  switch ((err as { name?: string } | null)?.name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'none';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'failed';
  }
}

/** Device id for a label, '' when there is no such device now. */
export async function idOf(kind: MediaDeviceKind, label: string): Promise<string> {
  if (label === '') return '';
  const all = await navigator.mediaDevices.enumerateDevices();
  return all.find((d) => d.kind === kind && d.label === label)?.deviceId ?? '';
}

/** Labels of what is plugged in; empty before permission was given. */
export async function deviceNames(): Promise<DeviceNames> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const labels = (kind: MediaDeviceKind): string[] => [
    ...new Set(all.filter((d) => d.kind === kind && d.label !== '' && d.deviceId !== 'default').map((d) => d.label)),
  ];
  return { mics: labels('audioinput'), speakers: labels('audiooutput') };
}

/** True when the browser would give the microphone without asking. */
export async function micAllowed(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: 'microphone' as PermissionName })).state === 'granted';
  } catch {
    return false;
  }
}
