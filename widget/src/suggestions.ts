// Stored questions that fit what is being typed, and the whole answer of one, one key away.

import { answerBody } from './answer';
import type { Api, Entry, Offer } from './api';
import { el } from './dom';
import type { Texts } from './i18n/texts';

const PAUSE_MS = 130;
const COUNT = 4;
const SHORTEST = 2;

/** Where suggestions and their answers are from. */
export type Source = Pick<Api, 'suggest' | 'entry'>;

export class Suggestions {
  readonly node: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #list: HTMLElement;
  readonly #preview: HTMLElement;
  readonly #source: Source;
  readonly #base: string;
  readonly #pick: (offer: Offer) => void;
  readonly #entries = new Map<string, Promise<Entry>>();
  #offers: readonly Offer[] = [];
  #active = -1;
  #coming = false;
  #pause = 0;
  #control: AbortController | null = null;

  constructor(input: HTMLInputElement, source: Source, base: string, texts: Texts, pick: (offer: Offer) => void) {
    this.#input = input;
    this.#source = source;
    this.#base = base;
    this.#pick = pick;
    this.#list = el('ul', { role: 'listbox', id: 'suggestions', 'aria-label': texts.suggestions });
    this.#preview = el('div', { class: 'preview', part: 'preview', hidden: true });
    const keys = el('p', { class: 'keys', 'aria-hidden': 'true' }, texts.keys);
    this.node = el('div', { class: 'peek', part: 'suggestions', hidden: true }, this.#preview, this.#list, keys);
    // A press keeps the focus in the box.
    this.node.addEventListener('mousedown', (event) => event.preventDefault());
  }

  get open(): boolean {
    return !this.node.hidden;
  }

  /** Whether some are shown, or on their way. */
  get pending(): boolean {
    return this.open || this.#coming;
  }

  /** The one that the keys have moved to. */
  get chosen(): Offer | null {
    return this.#offers[this.#active] ?? null;
  }

  /** Asks for suggestions once the typing pauses. */
  soon(): void {
    clearTimeout(this.#pause);
    this.#control?.abort();
    this.#coming = true;
    this.#pause = window.setTimeout(() => void this.now(), PAUSE_MS);
  }

  async now(): Promise<void> {
    clearTimeout(this.#pause);
    const typed = this.#input.value.trim();
    if (typed.length < SHORTEST) return this.close();
    const control = this.#control = new AbortController();
    // Suggestions are a courtesy: when they fail, there are none.
    const offers = await this.#source.suggest(typed, COUNT, control.signal).catch(() => []);
    const focused = (this.node.getRootNode() as ShadowRoot).activeElement === this.#input;
    if (!control.signal.aborted) this.#show(focused ? offers.filter(({ question }) => question) : []);
  }

  close(): void {
    clearTimeout(this.#pause);
    this.#control?.abort();
    this.#show([]);
  }

  /** Through the suggestions and, between last and first, back to the visitor's own words. */
  move(step: 1 | -1): void {
    const places = this.#offers.length + 1;
    this.#active = ((this.#active + 1 + step + places) % places) - 1;
    [...this.#list.children].forEach((node, row) => node.setAttribute('aria-selected', String(row === this.#active)));
    const active = this.#list.children[this.#active];
    if (active) this.#input.setAttribute('aria-activedescendant', active.id);
    else this.#input.removeAttribute('aria-activedescendant');
    void this.#reveal();
  }

  #show(offers: readonly Offer[]): void {
    this.#coming = false;
    this.#offers = offers;
    this.#active = -1;
    this.#list.replaceChildren(...offers.map((offer, row) => this.#option(offer, row)));
    this.#preview.hidden = true;
    this.node.hidden = !offers.length;
    this.#input.setAttribute('aria-expanded', String(!this.node.hidden));
    this.#input.removeAttribute('aria-activedescendant');
  }

  #option(offer: Offer, row: number): HTMLElement {
    const node = el('li', { role: 'option', id: `suggestion-${row}`, 'aria-selected': 'false', dir: 'auto' }, offer.question);
    node.addEventListener('click', () => this.#pick(offer));
    return node;
  }

  /** The whole answer of the chosen one, above the list. */
  async #reveal(): Promise<void> {
    const { chosen } = this;
    const entry = chosen && await this.#entry(chosen.id).catch(() => null);
    if (chosen !== this.chosen) return; // the keys have gone on meanwhile
    this.#preview.hidden = !entry;
    this.#preview.replaceChildren(...(entry ? [answerBody(entry, this.#base)] : []));
    this.#preview.scrollTop = 0;
  }

  #entry(id: string): Promise<Entry> {
    const known = this.#entries.get(id) ?? this.#source.entry(id);
    this.#entries.set(id, known);
    known.catch(() => this.#entries.delete(id));
    return known;
  }
}
