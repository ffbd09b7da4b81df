// Where one types: a box, its suggestions, and a button.

import type { Offer } from './api';
import { button, el, icon } from './dom';
import type { Texts } from './i18n/texts';
import { SEND } from './icons';
import type { Options } from './options';
import { Suggestions, type Source } from './suggestions';

/** As the service has it. */
const LONGEST = 2000;

export class Composer {
  /** No form: a frame that allows none could not send one. */
  readonly node: HTMLElement;
  readonly input: HTMLInputElement;
  readonly #suggestions: Suggestions;
  readonly #ask: (text: string) => void;
  readonly #pick: (offer: Offer) => void;

  constructor(options: Options, source: Source, texts: Texts, ask: (text: string) => void, pick: (offer: Offer) => void) {
    this.#ask = ask;
    this.#pick = pick;
    this.input = el('input', {
      type: 'text', role: 'combobox', part: 'input', maxlength: LONGEST, autocomplete: 'off', enterkeyhint: 'send',
      dir: 'auto', placeholder: texts.placeholder, 'aria-label': texts.label, 'aria-autocomplete': 'list',
      'aria-expanded': 'false', 'aria-controls': 'suggestions',
    });
    this.#suggestions = new Suggestions(this.input, source, options.api, texts, (offer) => this.#take(offer));
    const send = button({ class: 'send', part: 'send', 'aria-label': texts.send }, () => this.#send(), icon(SEND));
    const box = el('div', { class: 'box' }, this.input, send);
    this.node = el('div', { class: 'composer', part: 'composer' }, this.#suggestions.node, box);
    this.#listen(options.suggest);
  }

  #listen(suggest: boolean): void {
    if (suggest) {
      this.input.addEventListener('input', (event) => (event as InputEvent).isComposing || this.#suggestions.soon());
      this.input.addEventListener('compositionend', () => this.#suggestions.soon());
    }
    this.input.addEventListener('keydown', (event) => this.#onKey(event, suggest));
    this.node.addEventListener('focusout', (event) => {
      if (!this.node.contains(event.relatedTarget as Node | null)) this.#suggestions.close();
    });
  }

  #send(): void {
    const text = this.input.value.trim();
    if (!text) return this.input.focus();
    this.clear();
    this.#ask(text);
  }

  #take(offer: Offer): void {
    this.clear();
    this.#pick(offer);
  }

  clear(): void {
    this.input.value = '';
    this.#suggestions.close();
  }

  #onKey(event: KeyboardEvent, suggest: boolean): void {
    // Enter that ends a composition confirms a word, not the question; 229 is how Safari says so.
    if (event.isComposing || event.keyCode === 229) {
      if (event.key === 'Enter') event.preventDefault();
      return;
    }
    if (this.#handled(event.key, suggest)) event.preventDefault();
  }

  #handled(key: string, suggest: boolean): boolean {
    const { open, pending, chosen } = this.#suggestions;
    if (key === 'Enter' && chosen) this.#take(chosen);
    else if (key === 'Enter') this.#send();
    else if (key === 'Escape' && pending) this.#suggestions.close();
    else if (key === 'ArrowDown' && open) this.#suggestions.move(1);
    else if (key === 'ArrowUp' && open) this.#suggestions.move(-1);
    else if (key === 'ArrowDown' && suggest && this.input.value.trim()) void this.#suggestions.now();
    else return false;
    return true;
  }
}
