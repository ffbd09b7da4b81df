// The round button, and the note above it when the panel cannot be had.

import { button, el, icon } from './dom';
import type { LauncherTexts } from './i18n/launcher';

const SPEECH = 'M12 4.5c-4.7 0-8.5 3.1-8.5 7 0 2.2 1.2 4.1 3.1 5.4L6 20.5l4-2.2c.6.1 1.3.2 2 .2 4.7 0 8.5-3.1 8.5-7s-3.8-7-8.5-7ZM8.5 11.5h0m3.5 0h0m3.5 0h0';
const CHEVRON = 'm6 9.5 6 6 6-6';

export class Launcher {
  readonly node: HTMLButtonElement;
  #note: HTMLElement | null = null;
  #texts: LauncherTexts;

  constructor(texts: LauncherTexts, press: () => void) {
    this.#texts = texts;
    this.node = button(
      { class: 'launcher', part: 'launcher', 'aria-haspopup': 'dialog', 'aria-expanded': 'false' },
      press, icon(SPEECH), icon(CHEVRON),
    );
    this.speak(texts);
  }

  /** Speaks these texts from now on. */
  speak(texts: LauncherTexts): void {
    this.#texts = texts;
    const open = this.node.getAttribute('aria-expanded') === 'true';
    this.node.setAttribute('aria-label', open ? texts.close : texts.launch);
  }

  /** Shows whether the panel is open. */
  set open(open: boolean) {
    this.node.setAttribute('aria-expanded', String(open));
    this.speak(this.#texts);
  }

  set busy(busy: boolean) {
    this.node.toggleAttribute('data-busy', busy);
  }

  /** Says that the panel could not be had, and offers to try again. */
  complain(retry: () => void): void {
    this.settle();
    const again = button({ class: 'retry' }, retry, this.#texts.retry);
    this.#note = el('div', { class: 'note', role: 'alert' }, el('p', {}, this.#texts.unavailable), again);
    this.node.before(this.#note);
  }

  /** Takes the complaint back. */
  settle(): void {
    this.#note?.remove();
    this.#note = null;
  }
}
