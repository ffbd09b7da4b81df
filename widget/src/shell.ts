// What the loader and the panel, two files that are fetched apart, know of each other.

/** Texts that a page's author may put in place of the widget's own, by name. */
export type CustomTexts = Readonly<Record<string, string>>;

export type EventName = 'open' | 'close' | 'ask' | 'answer' | 'feedback' | 'handover' | 'error';

/** The element, as the panel sees it. */
export interface Shell {
  readonly host: HTMLElement;
  readonly root: ShadowRoot;
  /** All that is in the root: it carries the direction, and `data-scheme`. */
  readonly frame: HTMLElement;
  /** Where the loader came from. */
  readonly base: string;
  /** What its conversation is kept under. */
  readonly key: string;
  /** The language tag in force, such as `de-AT`. */
  language(): string;
  customTexts(): CustomTexts;
  /** Dispatches `faq-chat:` and the name; false if a listener prevented what would follow. */
  emit(name: EventName, detail?: Record<string, unknown>): boolean;
  refresh(): void;
  close(): void;
}

/** The panel, as the element sees it. */
export interface Panel {
  readonly node: HTMLElement;
  /** Listens to the window until the signal aborts: once per connection to a document. */
  connect(signal: AbortSignal): void;
  /** Attributes or texts have changed. */
  refresh(): void;
  show(focus: boolean): void;
  hide(): void;
  ask(text: string): Promise<void>;
  restart(): void;
  /** Forgets the conversation, wherever it is kept. */
  destroy(): void;
}

export interface PanelModule {
  createPanel(shell: Shell): Panel;
}
