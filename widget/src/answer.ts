// A stored answer, word for word; where it is from, and how to take it along.

import type { Entry } from './api';
import { copyButton } from './copying';
import { el, icon } from './dom';
import { LINK, OUT } from './icons';
import { outwards, prose, safeAddress } from './prose';
import type { Stage } from './stage';

/** The answer in its own language and direction; relative addresses in it are below `base`. */
export function answerBody(entry: Entry, base: string, attributes: Record<string, boolean> = {}): HTMLElement {
  const lang = entry.language || null;
  return el('div', { class: 'prose', part: 'answer', dir: 'auto', lang, ...attributes }, ...prose(entry.html, base));
}

/** Source, permalink, copy. */
export function answerFacts(entry: Entry, body: HTMLElement, stage: Stage): HTMLElement {
  const { texts, options: { api } } = stage;
  const source = safeAddress(entry.url, api, ['http:', 'https:']);
  const path = `faq/${encodeURIComponent(entry.page)}#${encodeURIComponent(entry.id)}`;
  const permalink = entry.page && new URL(path, api).href;
  return el('div', { class: 'facts' },
    source && action(source, OUT, texts.source),
    permalink && action(permalink, LINK, texts.link, texts.permalink),
    copyButton(body, source || permalink || '', texts, (words) => stage.say(words)));
}

function action(address: string, drawing: string, words: string, name = words): HTMLElement {
  const link = outwards(address, { class: 'quiet-action', 'aria-label': name });
  link.append(icon(drawing), el('span', {}, words));
  return link;
}
