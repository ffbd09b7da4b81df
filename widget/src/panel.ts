// The panel: puts the parts together and carries a question from the box to its outcome.

import { Api, ApiError, type Offer, type Reply } from './api';
import { Composer } from './composer';
import { Conversation, outcomeOf, type Outcome, type Turn, type Verdict } from './conversation';
import { courtesyOf } from './courtesies';
import { button, el, icon } from './dom';
import { followViewport, keepTabInside, SMALL } from './fullscreen';
import { languageOf } from './i18n/languages';
import { SPEECH } from './i18n/speech';
import type { Courtesy, Texts } from './i18n/texts';
import { CLOSE, RESTART } from './icons';
import { Log } from './log';
import { Memory } from './memory';
import { readOptions, type Options } from './options';
import { Painter } from './painter';
import styles from './panel.css';
import { addSheet, type Sheet } from './sheet';
import type { Panel, Shell } from './shell';
import type { Stage } from './stage';

export function createPanel(shell: Shell): Panel {
  return new FaqPanel(shell);
}

class FaqPanel implements Panel, Stage {
  readonly node = el('section', { class: 'panel', part: 'panel', tabindex: -1, hidden: true });
  readonly shell: Shell;
  readonly #viewport: Sheet;
  readonly #painter: Painter;
  options!: Options;
  texts!: Texts;
  #setting = '';
  #api!: Api;
  #memory!: Memory;
  #conversation!: Conversation;
  #composer!: Composer;
  #log!: Log;
  /** Aborts what is being asked. */
  #asks = new AbortController();

  constructor(shell: Shell) {
    this.shell = shell;
    addSheet(shell.root, styles);
    this.#viewport = addSheet(shell.root, '');
    this.#painter = new Painter(shell);
    this.node.addEventListener('keydown', (event) => this.#onKey(event));
    this.refresh();
  }

  connect(signal: AbortSignal): void {
    followViewport(this.#viewport, signal);
    this.#painter.watch(() => this.shell.refresh(), signal);
    const small = matchMedia(SMALL);
    const tell = () => this.node.setAttribute('aria-modal', String(small.matches));
    if (this.options.inline) return;
    small.addEventListener('change', tell, { signal });
    tell();
  }

  /** Builds the panel anew if what the author sets, or the language, has changed. */
  refresh(): void {
    const { shell } = this;
    this.options = readOptions((name) => shell.host.getAttribute(name), shell.base);
    this.#painter.paint(this.options);
    const setting = JSON.stringify([this.options, shell.language(), shell.customTexts()]);
    if (setting === this.#setting) return;
    this.#setting = setting;
    this.#build();
  }

  show(focus: boolean): void {
    this.node.hidden = false;
    void this.#log.welcome();
    if (!focus) return;
    // On touch the box would call up the keyboard, over what there is to read.
    const target = matchMedia('(pointer: coarse)').matches ? this.node : this.#composer.input;
    target.focus({ preventScroll: true });
  }

  hide(): void {
    this.node.hidden = true;
  }

  async ask(text: string): Promise<void> {
    const question = text.trim();
    if (question) await this.#carry(this.#conversation.add(question));
  }

  pick(offer: Offer): void {
    void this.#carry(this.#conversation.add(offer.question, offer.id));
  }

  retry(turn: Turn): void {
    const waiting = this.#conversation.change(turn.number, { outcome: { kind: 'waiting' } });
    if (waiting) void this.#carry(waiting);
  }

  async judge(turn: Turn, verdict: Verdict): Promise<void> {
    const { outcome } = turn;
    if (outcome.kind !== 'answered') return;
    const helpful = verdict === 'helpful';
    await this.#api.feedback(outcome.asking, helpful, helpful ? undefined : verdict);
    this.#conversation.change(turn.number, { verdict });
    const reason = helpful ? {} : { reason: verdict };
    this.shell.emit('feedback', { id: outcome.asking, entry: outcome.entry.id, helpful, ...reason });
  }

  lastQuestion(): string {
    return this.#conversation.turns.findLast(({ outcome }) => outcome.kind !== 'courtesy')?.question ?? '';
  }

  say(text: string): void {
    this.#log.say(text);
  }

  reveal(node: HTMLElement): void {
    this.#log.reveal(node);
  }

  restart(): void {
    this.#asks.abort();
    this.#asks = new AbortController();
    this.#conversation.clear();
    this.#log.clear();
    this.#composer.clear();
    if (!this.node.hidden && this.node.contains(this.shell.root.activeElement)) this.#composer.input.focus();
  }

  destroy(): void {
    this.#asks.abort();
    this.#composer.clear();
    this.#log.clear();
    this.#conversation.clear();
    this.#memory.forget();
  }

  // --- From a question to its outcome ---

  async #carry(turn: Turn): Promise<void> {
    const conversation = this.#conversation;
    const { signal } = this.#asks;
    this.#log.put(turn);
    this.#tell('ask', {}, turn);
    const outcome = await this.#outcome(turn, signal);
    if (!outcome || conversation !== this.#conversation) return; // the visitor has begun anew meanwhile
    const done = conversation.change(turn.number, { outcome });
    if (done) this.#log.put(done, true);
  }

  /** What came of a question; null if nobody waits for it any more. */
  async #outcome(turn: Turn, signal: AbortSignal): Promise<Outcome | null> {
    const courtesy = turn.picked ? null : this.#courtesy(turn.question);
    if (courtesy) {
      this.#tell('answer', { outcome: 'courtesy', courtesy }, turn);
      return { kind: 'courtesy', courtesy };
    }
    try {
      const reply = await this.#reply(turn, signal);
      signal.throwIfAborted();
      const outcome = outcomeOf(reply);
      const entry = reply.answered ? reply.answer?.id : undefined;
      this.#tell('answer', { outcome: outcome.kind, id: reply.id, entry, confidence: reply.confidence }, turn);
      return outcome;
    } catch (error) {
      if (signal.aborted) return null;
      const trouble = error instanceof ApiError ? error.trouble : 'failed';
      this.#tell('error', { kind: trouble }, turn);
      return { kind: 'trouble', trouble };
    }
  }

  /** A question that was picked has its answer even where another entry claims the same words. */
  async #reply(turn: Turn, signal: AbortSignal): Promise<Reply> {
    const reply = await this.#api.ask(turn.question, signal);
    if (!turn.picked || reply.answer?.id === turn.picked) return reply;
    const answer = await this.#api.entry(turn.picked, signal);
    return { id: '', answered: true, confidence: 1, answer, alternatives: [] };
  }

  /** An event for the page; the question goes along only where the author has said so. */
  #tell(name: 'ask' | 'answer' | 'error', detail: Record<string, unknown>, turn: Turn): void {
    const text = this.options.shareText ? { question: turn.question } : {};
    this.shell.emit(name, { ...detail, ...text });
  }

  // --- Its parts ---

  #courtesy(text: string): Courtesy | null {
    const language = languageOf(this.shell.language());
    return courtesyOf(text, [SPEECH[language].phrases, SPEECH.en.phrases]);
  }

  #build(): void {
    const { options } = this;
    const draft = this.#composer?.input.value ?? '';
    const { heading: title, greeting } = options;
    const own = { ...(title && { title }), ...(greeting && { greeting }) };
    this.texts = { ...SPEECH[languageOf(this.shell.language())].texts, ...this.shell.customTexts(), ...own };
    this.#api = new Api(options.api, options);
    this.#memory = new Memory(this.shell.key, options.persist);
    this.#conversation = new Conversation(this.#memory.load(), (turns) => this.#memory.save(turns));
    const suggest = async (typed: string, count: number, signal: AbortSignal) =>
      (this.#courtesy(typed) ? [] : this.#api.suggest(typed, count, signal));
    const entry = (id: string) => this.#api.entry(id);
    this.#composer = new Composer(options, { suggest, entry }, this.texts, (text) => this.#asked(text), (offer) => this.#picked(offer));
    this.#composer.input.value = draft;
    this.#log = new Log(this, () => this.#beginnings());
    this.node.setAttribute('role', this.options.inline ? 'region' : 'dialog');
    this.node.setAttribute('aria-labelledby', 'title');
    this.node.replaceChildren(this.#head(), this.#log.node, this.#composer.node, ...this.#log.unseen);
    this.#conversation.turns.forEach((turn) => this.#log.put(settled(turn)));
    if (!this.node.hidden) void this.#log.welcome();
  }

  #asked(text: string): void {
    this.#fold();
    void this.ask(text);
  }

  #picked(offer: Offer): void {
    this.#fold();
    this.pick(offer);
  }

  /** On touch, the keyboard is folded away from the answer. */
  #fold(): void {
    if (matchMedia('(pointer: coarse)').matches) this.node.focus({ preventScroll: true });
  }

  #head(): HTMLElement {
    const { texts } = this;
    return el('header', { class: 'head', part: 'header' },
      el('div', { class: 'names' },
        el('h2', { id: 'title', part: 'title', dir: 'auto' }, texts.title),
        el('p', { class: 'subtitle', part: 'subtitle' }, texts.subtitle)),
      button({ class: 'icon-button', 'aria-label': texts.restart, title: texts.restart }, () => this.restart(), icon(RESTART)),
      !this.options.inline && button({ class: 'icon-button', 'aria-label': texts.close, title: texts.close }, () => this.shell.close(), icon(CLOSE)));
  }

  /** The questions to begin with: the author's, or the first of the FAQ. */
  async #beginnings(): Promise<readonly Offer[]> {
    const { suggestions } = this.options;
    if (suggestions) return suggestions.map((question) => ({ id: '', question }));
    return this.#api.first(3).catch(() => []);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && !event.defaultPrevented && !event.isComposing && !this.options.inline) {
      event.preventDefault();
      this.shell.close();
    }
    if (!this.options.inline) keepTabInside(this.node, event);
  }
}

/** A turn that was waiting when its widget went away will not hear any more. */
function settled(turn: Turn): Turn {
  return turn.outcome.kind === 'waiting' ? { ...turn, outcome: { kind: 'trouble', trouble: 'failed' } } : turn;
}
