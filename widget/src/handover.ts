// Handing over to a person: a mail, a page, or an event for the page's own means, the question filled in.

import type { Turn } from './conversation';
import { button, el, icon } from './dom';
import { PERSON } from './icons';
import { outwards, safeAddress } from './prose';
import type { Stage } from './stage';

export type Way = 'mail' | 'link' | 'event' | 'none';

/** How the author wants to be reached. */
export function wayOf(contact: string, base: string): Way {
  if (contact === 'event') return 'event';
  const address = safeAddress(contact.replace('{question}', ''), base, ['mailto:', 'https:', 'http:', 'tel:']);
  if (!address) return 'none';
  return address.startsWith('mailto:') ? 'mail' : 'link';
}

/**
 * The address with the question in it: where the author wrote `{question}`, else as the body of a mail, or
 * as `question` of a page. A telephone number stays as it is.
 */
export function addressOf(contact: string, question: string, subject: string, base: string): string {
  const said = encodeURIComponent(question);
  if (contact.includes('{question}')) return new URL(contact.replaceAll('{question}', said), base).href;
  const url = new URL(contact, base);
  if (url.protocol === 'tel:' || !question) return url.href;
  const added = url.protocol === 'mailto:'
    ? [url.search.includes('subject=') ? '' : `subject=${encodeURIComponent(subject)}`, `body=${said}`]
    : [`question=${said}`];
  url.search = [url.search.slice(1), ...added].filter(Boolean).join('&');
  return url.href;
}

/** The way to a person with a line about it; null where there is none. */
export function handoverBlock(turn: Turn, stage: Stage): HTMLElement | null {
  const way = contactOf(turn.question, stage);
  return way && el('div', { class: 'to-person' }, el('p', { class: 'hint' }, stage.texts.handoverHint), way);
}

/** The link or button; null where the author names no contact. */
export function contactOf(question: string, { shell, options, texts }: Stage): HTMLElement | null {
  const { contact, shareText } = options;
  const base = document.baseURI;
  const way = wayOf(contact, base);
  if (way === 'none') return null;
  const tell = (event: Event) => {
    if (!shell.emit('handover', { way, ...(shareText && { question }) })) event.preventDefault();
  };
  const look = { class: 'handover', part: 'handover' };
  const label = el('span', {}, texts.handover);
  if (way === 'event') return button(look, tell, icon(PERSON), label);
  const node = outwards(addressOf(contact, question, texts.title, base), look);
  node.append(icon(PERSON), label);
  node.addEventListener('click', tell);
  return node;
}
