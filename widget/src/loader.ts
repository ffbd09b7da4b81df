// /widget.js: defines <faq-chat>, puts a launcher into the page unless the page has a place for one, and
// offers window.FaqChat. Small, because every visitor pays for it; the panel comes when it is wanted.

import { ATTRIBUTES } from './attributes';
import { FaqChatElement } from './element';
import { baseOf, currentScript, scriptUrl } from './place';
import type { CustomTexts } from './shell';

const NAME = 'faq-chat';

/** window.FaqChat: the first widget of the page, for scripts that do not want to look for it. */
export interface FaqChatApi {
  readonly version: string;
  readonly element: FaqChatElement | null;
  open(): Promise<void>;
  close(): void;
  ask(text: string): Promise<void>;
  restart(): void;
  /** Takes every widget out of the page, and this object with them. */
  destroy(): void;
  /** Other texts for a language, or for all of them (`*`). */
  texts(language: string, texts: CustomTexts): void;
}

declare global {
  interface Window {
    FaqChat?: FaqChatApi;
  }
}

const widgets = () => [...document.querySelectorAll<FaqChatElement>(NAME)];

/** The class in force: that of the first loader, should the page load several. */
const defined = () => customElements.get(NAME) as typeof FaqChatElement | undefined;

function api(): FaqChatApi {
  const first = () => widgets()[0] ?? null;
  return {
    version: PANEL.version,
    get element() { return first(); },
    open: async () => first()?.open(),
    close: () => first()?.close(),
    ask: async (text) => first()?.ask(text),
    restart: () => first()?.restart(),
    destroy: () => {
      widgets().forEach((one) => one.destroy());
      delete window.FaqChat;
    },
    texts: (language, texts) => {
      const { shared } = defined()!;
      shared.set(language, { ...shared.get(language), ...texts });
      widgets().forEach((one) => one.refresh());
    },
  };
}

/** A launcher with the attributes of the script's tag, unless the page already has a widget. */
function mount(script: HTMLScriptElement | null): void {
  if (script?.dataset.mode === 'manual' || document.querySelector(NAME)) return;
  const element = document.createElement(NAME) as FaqChatElement;
  for (const name of ATTRIBUTES) {
    const value = script?.getAttribute(`data-${name}`);
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.auto = element.toggleAttribute('data-auto', true);
  document.body.append(element);
}

function start(script: HTMLScriptElement | null, trace: string): void {
  if (!defined()) {
    FaqChatElement.base = baseOf(scriptUrl(script, trace));
    customElements.define(NAME, FaqChatElement);
  }
  window.FaqChat ??= api();
  if (document.readyState !== 'loading') mount(script);
  else document.addEventListener('DOMContentLoaded', () => mount(script), { once: true });
}

// On a server there is nothing to start.
if (typeof document !== 'undefined' && typeof customElements !== 'undefined') {
  start(currentScript(), new Error().stack ?? '');
}
