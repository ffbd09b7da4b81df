// <faq-chat>: its shadow root, its attributes, and the panel once it has come. The rest is the panel's.

import { ATTRIBUTES, MODES, oneOf, POSITIONS } from './attributes';
import { el } from './dom';
import { fetchPanel } from './fetching';
import { LAUNCHER } from './i18n/launcher';
import { directionOf, languageOf, tagOf } from './i18n/languages';
import { Launcher } from './launcher';
import styles from './loader.css';
import { addSheet, type Sheet } from './sheet';
import type { CustomTexts, EventName, Panel, Shell } from './shell';

/** Without a DOM, as when a page is rendered on a server, the class is there and does nothing. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/** The launcher's colour, and how far in front the widget stands. What is no number, or more than a colour,
 * is left out: it is put into a style sheet. */
function lookCss(accent: string | null, level: string | null): string {
  const colour = accent && CSS.supports('color', accent) ? `--launch:${accent};` : '';
  const front = parseInt(level!); // without one, not a number
  return `:host{--z:${isNaN(front) ? Z_INDEX : front}}.frame{${colour}}`;
}

/** Just under the largest that every browser takes, so that a page can still go above it. */
const Z_INDEX = 2_147_483_000;

/** Keys and focus stay inside, so that no shortcut or focus trap of the page takes them; and so does all
 * that carries what is typed. */
const KEPT_INSIDE = 'keydown keypress keyup focusin focusout input beforeinput change paste cut copy'
  + ' compositionstart compositionupdate compositionend';

export class FaqChatElement extends Base implements Shell {
  static readonly observedAttributes = ATTRIBUTES;
  /** Where the loader came from; it fills this in. */
  static base = '';
  /** Texts that all widgets share, by language, or `*` for every language. */
  static shared = new Map<string, CustomTexts>();

  /** Made by the script, and so put back when a router replaces the page's body. */
  auto = false;
  root!: ShadowRoot;
  frame!: HTMLElement;
  #look!: Sheet;
  #launcher!: Launcher;
  #texts: CustomTexts = {};
  #panel: Panel | null = null;
  #coming: Promise<Panel> | null = null;
  #connection: AbortController | null = null;
  #isOpen = false;
  #destroyed = false;

  connectedCallback(): void {
    if (this.#destroyed) return;
    // A router's copy of what the script made: the original comes back by itself.
    if (this.hasAttribute('data-auto') && !this.auto) return this.remove();
    if (!this.root) this.#build();
    const { signal } = this.#connection = new AbortController();
    this.refresh();
    this.#panel?.connect(signal);
    if (this.#inline) this.#showOnSight(signal);
    else if (this.hasAttribute('open') && !this.#isOpen) void this.open({ focus: false });
  }

  disconnectedCallback(): void {
    this.#connection?.abort();
    if (this.auto) queueMicrotask(() => this.#return());
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.root || !this.isConnected || before === after) return;
    if (name !== 'open') this.refresh();
    else if ((after !== null) !== this.#isOpen) void (after === null ? this.close() : this.open());
  }

  /** Opens the panel, fetching it the first time. It takes the focus unless told not to. */
  async open({ focus = true }: { focus?: boolean } = {}): Promise<void> {
    if (this.#destroyed) return;
    const panel = await this.#fetch().catch(() => null);
    if (!panel || this.#destroyed) return;
    panel.show(focus);
    if (this.#isOpen || this.#inline) return;
    this.#mark(true);
    this.emit('open');
  }

  /** Closes the panel; the focus goes back to the launcher if it was inside. */
  close(): void {
    if (!this.#isOpen) return;
    const inside = this.root.activeElement !== null;
    this.#panel?.hide();
    this.#mark(false);
    if (inside) this.#launcher.node.focus();
    this.emit('close');
  }

  /** Opens the panel and asks. */
  async ask(text: string): Promise<void> {
    await this.open({ focus: false });
    if (!this.#destroyed) await this.#panel?.ask(text);
  }

  /** Begins a new conversation. */
  restart(): void {
    this.#panel?.restart();
  }

  /** Takes the widget out of the page for good, with all that it remembers. */
  destroy(): void {
    this.#destroyed = true;
    this.#connection?.abort();
    this.#panel?.destroy();
    this.#panel = null;
    try {
      sessionStorage.removeItem(this.key); // the panel, which would, may never have come
    } catch {
      // No storage here.
    }
    this.frame?.remove();
    this.remove();
  }

  /** Texts in place of the widget's own, for this element. */
  set texts(texts: CustomTexts) {
    this.#texts = { ...texts };
    this.refresh();
  }

  get texts(): CustomTexts {
    return this.#texts;
  }

  // --- What the panel asks of it ---

  get host(): HTMLElement {
    return this;
  }

  get base(): string {
    return FaqChatElement.base;
  }

  get key(): string {
    return `faq-chat:${[this.base, ...ATTRIBUTES.slice(0, 4).map((name) => this.getAttribute(name))]}`;
  }

  language(): string {
    return tagOf(this);
  }

  customTexts(): CustomTexts {
    const { shared } = FaqChatElement;
    return { ...shared.get('*'), ...shared.get(languageOf(this.language())), ...this.#texts };
  }

  emit(name: EventName, detail: Record<string, unknown> = {}): boolean {
    const init = { bubbles: true, composed: true, cancelable: true, detail };
    return this.dispatchEvent(new CustomEvent(`faq-chat:${name}`, init));
  }

  /** Attributes, texts or the page's language have changed. */
  refresh(): void {
    if (!this.root || !this.isConnected) return;
    const tag = this.language();
    const language = languageOf(tag);
    this.frame.lang = language;
    this.frame.dir = directionOf(tag, this);
    this.frame.dataset.mode = oneOf(this.getAttribute('mode'), MODES);
    this.frame.dataset.position = oneOf(this.getAttribute('position'), POSITIONS);
    this.#launcher.speak({ ...LAUNCHER[language], ...this.customTexts() });
    this.#look.replace(lookCss(this.getAttribute('accent'), this.getAttribute('z-index')));
    this.#panel?.refresh();
  }

  // --- Its own ---

  #build(): void {
    this.root = this.attachShadow({ mode: 'open' });
    addSheet(this.root, styles);
    this.#look = addSheet(this.root, '');
    this.#launcher = new Launcher(LAUNCHER.en, () => void (this.#isOpen ? this.close() : this.open()));
    this.frame = el('div', { class: 'frame' }, el('slot'), this.#launcher.node);
    for (const name of KEPT_INSIDE.split(' ')) this.frame.addEventListener(name, (event) => event.stopPropagation());
    this.root.append(this.frame);
  }

  get #inline(): boolean {
    return this.frame.dataset.mode === 'inline';
  }

  /** An inline panel comes when it is about to be seen; until then, and if it never does, what the
   * author has put inside stays. */
  #showOnSight(signal: AbortSignal): void {
    const show = () => void this.#fetch().then((panel) => panel.show(false), () => this.#retryOnline(show, signal));
    const observer = new IntersectionObserver((seen) => {
      if (!seen.some((one) => one.isIntersecting)) return;
      observer.disconnect();
      show();
    }, { rootMargin: '300px' });
    observer.observe(this);
    signal.addEventListener('abort', () => observer.disconnect());
  }

  #retryOnline(show: () => void, signal: AbortSignal): void {
    addEventListener('online', show, { once: true, signal });
  }

  #fetch(): Promise<Panel> {
    this.#coming ??= this.#load().catch((error: unknown) => {
      this.#coming = null;
      throw error;
    });
    return this.#coming;
  }

  async #load(): Promise<Panel> {
    this.#launcher.busy = true;
    this.#launcher.settle();
    try {
      const { createPanel } = await fetchPanel(this.root, this.base);
      return this.#adopt(createPanel(this));
    } catch (error) {
      this.emit('error', { kind: 'panel' });
      if (!this.#inline) this.#launcher.complain(() => void this.open());
      throw error;
    } finally {
      this.#launcher.busy = false;
    }
  }

  #adopt(panel: Panel): Panel {
    this.#panel = panel;
    if (this.#connection && !this.#connection.signal.aborted) panel.connect(this.#connection.signal);
    this.frame.prepend(panel.node);
    this.frame.querySelector('slot')?.remove();
    return panel;
  }

  #mark(open: boolean): void {
    this.#isOpen = open;
    this.#launcher.open = open;
    this.toggleAttribute('open', open);
  }

  /** A router that swaps the body takes the widget with it; it comes back as it was. */
  #return(): void {
    if (this.isConnected || this.#destroyed || !document.body) return;
    document.body.append(this);
  }
}
