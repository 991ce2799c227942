// What every view draws with: the words of the chosen language, the colours, the clock.

import { text, word, type Key } from '../i18n';
import { readPrefs, writePrefs, type Lang, type Prefs, type Theme } from '../prefs';

class Ui {
  prefs: Prefs = $state(readPrefs());
  /** Local clock, Unix ms, moving four times a second. */
  now = $state(Date.now());

  /** Starts the clock and applies the preferences to the document; once per page. */
  begin(): void {
    setInterval(() => (this.now = Date.now()), 250);
    this.#dress();
  }

  get lang(): Lang {
    return this.prefs.lang;
  }

  set(change: Partial<Prefs>): void {
    Object.assign(this.prefs, change);
    writePrefs($state.snapshot(this.prefs));
    this.#dress();
  }

  setLang(lang: Lang): void {
    this.set({ lang });
  }

  setTheme(theme: Theme): void {
    this.set({ theme });
  }

  t = (key: Key, values?: Record<string, string | number>): string => text(this.lang, key, values);
  word = (prefix: string, code: string): string => word(this.lang, prefix, code);
  /** The word for a code, or a dash when there is none. */
  coded = (prefix: string, code: string): string => (code === '' ? '-' : this.word(prefix, code));

  #dress(): void {
    document.documentElement.lang = this.prefs.lang;
    document.documentElement.dataset['theme'] = this.prefs.theme;
  }
}

/** The one of this page. */
export const ui = new Ui();
export const t = ui.t;
