// The conversation as it is seen and heard: a welcome, the turns, and one live region.

import type { Offer } from './api';
import type { Turn } from './conversation';
import { el } from './dom';
import { offerList } from './offers';
import { markPassage, unmark } from './passage';
import { NEW_TAB } from './prose';
import type { Stage } from './stage';
import { spokenOf, turnView } from './turn';

/** Above a turn that has been scrolled to. */
const MARGIN_PX = 20;

const motion = (): ScrollBehavior =>
  (matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth');

export class Log {
  readonly node: HTMLElement;
  /** What is only for screen readers: it stands outside of what scrolls. */
  readonly unseen: readonly HTMLElement[];
  readonly #stage: Stage;
  readonly #beginnings: () => Promise<readonly Offer[]>;
  readonly #welcome: HTMLElement;
  readonly #status = el('div', { class: 'unseen', role: 'status', 'aria-live': 'polite', 'aria-atomic': 'true' });
  readonly #views = new Map<number, HTMLElement>();
  #welcomed = false;

  constructor(stage: Stage, beginnings: () => Promise<readonly Offer[]>) {
    const { texts } = stage;
    this.#stage = stage;
    this.#beginnings = beginnings;
    this.#welcome = el('div', { class: 'welcome', part: 'greeting' }, el('p', { class: 'greeting', dir: 'auto' }, texts.greeting));
    // Not live: what comes is said once, by the status, when it is whole.
    this.node = el('div', { class: 'log', part: 'log', role: 'log', 'aria-live': 'off', 'aria-label': texts.title, tabindex: 0 }, this.#welcome);
    this.unseen = [this.#status, el('span', { id: NEW_TAB, hidden: true }, texts.newTab)];
  }

  /** Fills in the questions to begin with, the first time that it is seen. */
  async welcome(): Promise<void> {
    if (this.#welcomed) return;
    this.#welcomed = true;
    const offers = await this.#beginnings();
    if (!offers.length) return;
    this.#welcome.append(el('p', { class: 'hint' }, this.#stage.texts.begin), offerList(offers, (offer) => this.#stage.pick(offer)));
  }

  /** Shows a turn, in place of what was shown of it. */
  put(turn: Turn, aloud = false): void {
    const before = this.#views.get(turn.number);
    const view = turnView(turn, this.#stage);
    const focused = before?.contains((this.node.getRootNode() as ShadowRoot).activeElement) ?? false;
    if (before) {
      unmark(before);
      before.replaceWith(view);
    } else this.node.append(view);
    this.#views.set(turn.number, view);
    if (turn.outcome.kind === 'answered') this.#mark(view, turn.outcome.passage);
    if (focused) view.focus({ preventScroll: true });
    this.#scrollTo(view);
    if (aloud) this.say(spokenOf(view));
    else this.say('');
  }

  /** Scrolls as little as it takes to see the end of something in the log. */
  reveal(node: HTMLElement): void {
    const below = node.getBoundingClientRect().bottom - this.node.getBoundingClientRect().bottom + MARGIN_PX;
    if (node.isConnected && below > 0) this.node.scrollBy({ top: below, behavior: motion() });
  }

  say(text: string): void {
    this.#status.textContent = text;
  }

  clear(): void {
    unmark(this.node);
    this.#views.forEach((view) => view.remove());
    this.#views.clear();
    this.say('');
    this.node.scrollTop = 0;
  }

  #mark(view: HTMLElement, passage: string): void {
    const body = view.querySelector('.prose');
    if (body) markPassage(body, passage);
  }

  /** To the question, so that a long answer is read from its beginning. Only the log itself scrolls. */
  #scrollTo(view: HTMLElement): void {
    this.node.scrollTo({ top: view.offsetTop - MARGIN_PX, behavior: motion() });
  }
}
