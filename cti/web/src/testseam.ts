// For end-to-end tests with tones, only with ?testaudio=1: the state, and what is heard.

import type { PathSample } from './line';

export interface Heard {
  /** Level at the frequency asked for, dB below full scale. */
  level: number;
  /** RTP packets received by the present leg. */
  packets: number;
}

declare global {
  interface Window {
    __talian?: { state: () => unknown; remoteLevel: (hz: number) => Promise<Heard> };
  }
}

/** True when the page was opened for tests with tones. */
export function testAudio(): boolean {
  return new URLSearchParams(location.search).get('testaudio') === '1';
}

/** Offers the seam to the test; does nothing without the switch. */
export function offerSeam(
  state: () => unknown,
  level: (hz: number) => number,
  sample: () => Promise<PathSample | null>,
): void {
  if (!testAudio()) return;
  window.__talian = {
    state,
    remoteLevel: async (hz) => ({ level: level(hz), packets: (await sample())?.packets ?? 0 }),
  };
}
