// An answer as nodes: only elements and attributes that are listed here, made one by one.

import { el } from './dom';
import { parse, type Piece, type Tag } from './markup';

const PLAIN = new Set([
  'p', 'br', 'hr', 'ul', 'ol', 'li', 'dl', 'dt', 'dd', 'blockquote', 'pre', 'code', 'kbd', 'samp', 'var',
  'strong', 'b', 'em', 'i', 'u', 's', 'del', 'ins', 'mark', 'small', 'sub', 'sup', 'abbr', 'cite', 'q', 'dfn',
  'bdi', 'bdo', 'span', 'div', 'time', 'wbr', 'ruby', 'rt', 'rp', 'details', 'summary', 'figure', 'figcaption',
  'table', 'caption', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td', 'colgroup', 'col',
]);
/** Not even their text is meant to be read. */
const DROPPED = new Set(['script', 'style', 'template', 'noscript', 'iframe', 'object', 'svg', 'math', 'title']);
const KEPT = new Set(['title', 'lang', 'dir', 'colspan', 'rowspan', 'start', 'reversed', 'open', 'datetime', 'align']);

/** The id, in the shadow root, of the words "opens in a new tab". */
export const NEW_TAB = 'new-tab';

/** The nodes of an answer's HTML; relative addresses are below `base`. */
export function prose(html: string, base: string): Node[] {
  return parse(html).flatMap((piece) => nodesOf(piece, base));
}

function nodesOf(piece: Piece, base: string): Node[] {
  if (typeof piece === 'string') return [document.createTextNode(piece)];
  if (DROPPED.has(piece.name)) return [];
  const children = piece.children.flatMap((child) => nodesOf(child, base));
  const node = made(piece, base);
  if (!node) return children;
  node.append(...children);
  return piece.name === 'table' ? [el('div', { class: 'wide', tabindex: 0, role: 'group' }, node)] : [node];
}

/** The element of a tag; null where only its content is kept. */
function made(tag: Tag, base: string): HTMLElement | null {
  if (tag.name === 'a') return link(tag.attributes.href, base);
  if (tag.name === 'img') return image(tag.attributes, base);
  // In a chat the outline is the chat's own: a heading of an answer must not stand above its question.
  if (/^h[1-6]$/.test(tag.name)) return el('p', { class: 'heading' });
  if (!PLAIN.has(tag.name)) return null;
  const kept = Object.entries(tag.attributes).filter(([name]) => KEPT.has(name));
  return el(tag.name as 'p', Object.fromEntries(kept));
}

function link(href: string | undefined, base: string): HTMLElement | null {
  const address = safeAddress(href, base, ['http:', 'https:', 'mailto:', 'tel:']);
  return address === null ? null : outwards(address);
}

/** A link that tells the other side nothing and cannot reach back. */
export function outwards(address: string, attributes: Record<string, string> = {}): HTMLAnchorElement {
  const away = /^https?:/.test(address) ? { target: '_blank', 'aria-describedby': NEW_TAB } : {};
  return el('a', { href: address, rel: 'noopener noreferrer nofollow', ...away, ...attributes });
}

function image({ src, alt, title, width, height }: Readonly<Record<string, string>>, base: string): HTMLElement | null {
  const address = safeAddress(src, base, ['http:', 'https:']);
  const size = (length: string | undefined) => (/^\d{1,5}$/.test(length ?? '') ? length : null);
  return address === null ? null : el('img', {
    src: address, alt: alt ?? '', title: title ?? null, width: size(width), height: size(height),
    loading: 'lazy', decoding: 'async', referrerpolicy: 'no-referrer',
  });
}

/** An absolute address with one of the schemes; null for any other. */
export function safeAddress(given: string | null | undefined, base: string, schemes: readonly string[]): string | null {
  try {
    const url = new URL(given ?? '', base);
    return given && schemes.includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
