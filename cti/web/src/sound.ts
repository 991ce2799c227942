// What the agent hears: the caller, the ring, a warning, and how loud the microphone is.
// The ring follows the state: set(true) as long as a call is offered, never "start" and
// "stop" by events. AudioContexts wait for a gesture of the agent; unlock needs one.

/** Ring of two tones, 400 and 450 Hz, 0.4 s on, 0.2 s off, 0.4 s on, 2 s off: Malaysia's own. */
const ringHz = [400, 450] as const;
const ringOnS = [0, 0.6] as const;
const ringLengthS = 0.4;
const ringEveryMs = 3000;
const ringGain = 0.12;

type SinkContext = AudioContext & { setSinkId?: (id: string) => Promise<void> };

export class Sound {
  readonly #voice = new AudioContext(); // meters only: never sends to a loudspeaker
  readonly #alert: SinkContext = new AudioContext();
  readonly #element = new Audio();
  #ringTimer: ReturnType<typeof setInterval> | undefined;
  #micLevel: Meter | null = null;
  #remote: Meter | null = null;

  /** True when the browser lets us be heard. */
  get allowed(): boolean {
    return this.#voice.state === 'running' && this.#alert.state === 'running';
  }

  /** Resumes sound; within a click it works always, without one only when the browser agrees. */
  async unlock(): Promise<boolean> {
    const both = Promise.all([this.#voice.resume(), this.#alert.resume()]).then(() => undefined);
    await Promise.race([both, new Promise((done) => setTimeout(done, 300))]); // resume never settles without a gesture
    if (this.#element.srcObject && this.#element.paused) await this.#element.play().catch(() => undefined);
    return this.allowed && !(this.#element.srcObject && this.#element.paused);
  }

  /** Plays the other side. Resolves to false when the browser refuses to play. */
  async hear(remote: MediaStream): Promise<boolean> {
    this.#element.srcObject = remote;
    this.#remote = new Meter(this.#voice, remote);
    try {
      await this.#element.play();
      return true;
    } catch (err) {
      return (err as { name?: string }).name === 'AbortError'; // a newer leg took its place
    }
  }

  /** Watches the microphone's level. */
  watchMic(stream: MediaStream): void {
    this.#micLevel = new Meter(this.#voice, stream);
  }

  /** Loudness of the microphone from 0 (silence) to 1 (full scale), on a scale of 60 dB. */
  micLevel(): number {
    return this.#micLevel?.loudness() ?? 0;
  }

  /** Level of the other side at one frequency, dB below full scale. */
  remoteLevel(hz: number): number {
    return this.#remote?.at(hz) ?? -Infinity;
  }

  /** Sends voice and ring to loudspeakers by device id, '' = the system's. */
  async route(speaker: string, ring: string): Promise<void> {
    await Promise.all([this.#element.setSinkId?.(speaker), this.#alert.setSinkId?.(ring)]);
  }

  /** Rings exactly while on. */
  ring(on: boolean): void {
    if (on === (this.#ringTimer !== undefined)) return;
    clearInterval(this.#ringTimer);
    this.#ringTimer = undefined;
    if (!on) return;
    const once = (): void => {
      for (const start of ringOnS) for (const hz of ringHz) this.#tone(hz, start, ringLengthS);
    };
    once();
    this.#ringTimer = setInterval(once, ringEveryMs);
  }

  /** One falling pair of tones: the line is lost, the agent may look elsewhere. */
  warn(): void {
    this.#tone(660, 0, 0.18);
    this.#tone(440, 0.22, 0.3);
  }

  /** Two short tones for the check before the shift. */
  chime(): void {
    this.#tone(523, 0, 0.15);
    this.#tone(784, 0.17, 0.25);
  }

  /** Silences everything; the object cannot be used again. */
  async close(): Promise<void> {
    this.ring(false);
    this.#element.srcObject = null;
    await Promise.all([this.#voice.close(), this.#alert.close()]);
  }

  #tone(hz: number, afterS: number, lengthS: number): void {
    if (this.#alert.state !== 'running') return;
    const start = this.#alert.currentTime + afterS;
    const gain = this.#alert.createGain();
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(ringGain, start + 0.02);
    gain.gain.setValueAtTime(ringGain, start + lengthS - 0.03);
    gain.gain.linearRampToValueAtTime(0, start + lengthS);
    const tone = this.#alert.createOscillator();
    tone.frequency.value = hz;
    tone.connect(gain).connect(this.#alert.destination);
    tone.start(start);
    tone.stop(start + lengthS);
  }
}

/** Level of a stream, over all and at a frequency. */
class Meter {
  readonly #analyser: AnalyserNode;
  readonly #wave: Float32Array<ArrayBuffer>;
  readonly #spectrum: Float32Array<ArrayBuffer>;
  readonly #rate: number;

  constructor(context: AudioContext, stream: MediaStream) {
    this.#rate = context.sampleRate;
    this.#analyser = context.createAnalyser();
    this.#analyser.fftSize = 2048;
    this.#analyser.smoothingTimeConstant = 0;
    this.#wave = new Float32Array(this.#analyser.fftSize);
    this.#spectrum = new Float32Array(this.#analyser.frequencyBinCount);
    context.createMediaStreamSource(stream).connect(this.#analyser);
  }

  loudness(): number {
    this.#analyser.getFloatTimeDomainData(this.#wave);
    const power = this.#wave.reduce((sum, x) => sum + x * x, 0) / this.#wave.length;
    const db = 10 * Math.log10(power + 1e-10);
    return Math.min(1, Math.max(0, (db + 60) / 60));
  }

  at(hz: number): number {
    this.#analyser.getFloatFrequencyData(this.#spectrum);
    const bin = Math.round((hz * this.#analyser.fftSize) / this.#rate);
    return Math.max(...this.#spectrum.subarray(Math.max(0, bin - 1), bin + 2));
  }
}
