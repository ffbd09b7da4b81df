// The passage that an answer rests on, shown inside the answer. The page itself stays as it is: the
// browser paints over the text (CSS Custom Highlight API), so nothing is read out twice.

const NAME = 'passage';

/** Highlight the passage inside `root`, and nothing else on the page; nothing at all without a `root`. */
export function showPassage(root, passage) {
  if (!globalThis.CSS?.highlights) return; // a courtesy, and this browser is too old for it
  CSS.highlights.delete(NAME);
  const range = root && rangeOf(root, passage);
  if (range) CSS.highlights.set(NAME, new Highlight(range));
}

/**
 * Where inside `root` a plain text stands, as a Range; null if nowhere, or if it is all there is.
 *
 * The text has one space where the page may have a new line, a new paragraph, or nothing (between
 * Chinese sentences), so that white space does not count, on either side.
 */
export function rangeOf(root, text) {
  const nodes = readableIn(root);
  const all = nodes.map((node) => spaceless(textOf(node))).join('');
  const wanted = spaceless(text);
  const start = all.indexOf(wanted);
  if (!wanted || start < 0 || wanted.length === all.length) return null;
  const range = new Range();
  const first = placeOf(nodes, start);
  const last = placeOf(nodes, start + wanted.length - 1);
  if (first.node.alt) range.setStartBefore(first.node);
  else range.setStart(first.node, first.offset);
  if (last.node.alt) range.setEndAfter(last.node);
  else range.setEnd(last.node, last.offset + 1);
  return range;
}

/** What there is to read, in order: text, and images, which stand for their alternative text. */
function readableIn(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT,
    (node) => (textOf(node) ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP));
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  return nodes;
}

const textOf = (node) => node.data ?? node.alt ?? '';
const spaceless = (text) => text.replace(/\s+/g, '');

/** The node, and the offset in its text, of character `count` of those that are not white space. */
function placeOf(nodes, count) {
  for (const node of nodes) {
    const length = spaceless(textOf(node)).length;
    if (count < length) return { node, offset: offsetOf(textOf(node), count) };
    count -= length;
  }
  return null;
}

function offsetOf(text, count) {
  let offset = 0;
  while (/\s/.test(text[offset]) || count-- > 0) offset++;
  return offset;
}
