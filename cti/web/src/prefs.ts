// What a workstation remembers: language, colours, devices, shortcuts. Nothing secret.

export type Lang = 'ms' | 'en';
export type Theme = 'system' | 'light' | 'dark';

export interface Prefs {
  lang: Lang;
  theme: Theme;
  shortcuts: boolean;
  /** Devices by label, because ids change when permissions are given anew. '' = the system's choice. */
  mic: string;
  speaker: string;
  ring: string;
}

const key = 'talian.prefs';
const defaults: Prefs = { lang: 'ms', theme: 'system', shortcuts: true, mic: '', speaker: '', ring: '' };

/** Reads the preferences; what is missing or unreadable is the default. */
export function readPrefs(store: Pick<Storage, 'getItem'> = localStorage): Prefs {
  try {
    return { ...defaults, ...(JSON.parse(store.getItem(key) ?? '{}') as Partial<Prefs>) };
  } catch {
    return defaults;
  }
}

/** Keeps the preferences; a full or forbidden store is no reason to stop. */
export function writePrefs(prefs: Prefs, store: Pick<Storage, 'setItem'> = localStorage): void {
  try {
    store.setItem(key, JSON.stringify(prefs));
  } catch {
    // they last as long as the page
  }
}

/** What the agent has typed about one call and not yet saved. */
export interface Draft {
  call: string;
  disposition: string;
  note: string;
}

const draftKey = 'talian.draft';

/** The draft of a call, from this workstation; a reload does not lose it. */
export function readDraft(call: string, store: Pick<Storage, 'getItem'> = localStorage): Draft | null {
  try {
    const draft = JSON.parse(store.getItem(draftKey) ?? 'null') as Draft | null;
    return draft?.call === call ? draft : null;
  } catch {
    return null;
  }
}

/** Keeps one draft, the newest; null forgets it. */
export function writeDraft(draft: Draft | null, store: Pick<Storage, 'setItem' | 'removeItem'> = localStorage): void {
  try {
    if (draft === null) store.removeItem(draftKey);
    else store.setItem(draftKey, JSON.stringify(draft));
  } catch {
    // it lasts as long as the page
  }
}

const mutedKey = 'talian.muted';

/** Tells whether the agent has muted the microphone in this call. */
export function readMuted(call: string, store: Pick<Storage, 'getItem'> = localStorage): boolean {
  try {
    return store.getItem(mutedKey) === call;
  } catch {
    return false;
  }
}

/** Keeps the call in which the microphone is muted; '' = none. */
export function writeMuted(call: string, store: Pick<Storage, 'setItem' | 'removeItem'> = localStorage): void {
  try {
    if (call === '') store.removeItem(mutedKey);
    else store.setItem(mutedKey, call);
  } catch {
    // it lasts as long as the page
  }
}
