// Copying an answer: its text, and where it is from.

import { button, el, icon } from './dom';
import type { Texts } from './i18n/texts';
import { CHECK, COPY } from './icons';

const SHOWN_MS = 2_000;

/** A button that copies what an answer says. */
export function copyButton(body: HTMLElement, source: string, texts: Texts, say: (text: string) => void): HTMLElement {
  const words = el('span', {}, texts.copy);
  const node = button({ class: 'quiet-action' }, async () => {
    const text = [body.innerText.trim(), source].filter(Boolean).join('\n\n');
    if (!(await copied(text, node))) return;
    node.replaceChildren(icon(CHECK), el('span', {}, texts.copied));
    say(texts.copied);
    setTimeout(() => node.replaceChildren(icon(COPY), words), SHOWN_MS);
  }, icon(COPY), words);
  return node;
}

/** Whether it was copied. Where the clipboard is not to be had, as over plain HTTP, a selection is. */
async function copied(text: string, beside: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedBySelection(text, beside);
  }
}

function copiedBySelection(text: string, beside: HTMLElement): boolean {
  const box = el('textarea', { class: 'unseen', readonly: true, tabindex: -1, 'aria-hidden': true });
  box.value = text;
  beside.after(box);
  box.select();
  const done = document.execCommand('copy');
  box.remove();
  beside.focus();
  return done;
}
