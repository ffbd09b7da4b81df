// The passage that an answer rests on, marked inside it. The browser paints over the text (CSS Custom
// Highlight API), so that the answer's nodes stay as they are and nothing is read out twice.

const NAME = 'faq-chat-passage';
/** The share of an answer from which marking tells a reader nothing. */
const MOST = 0.6;

/** Marks the passage inside `root`; nothing where it is not there, or is most of it. */
export function markPassage(root: Node, passage: string): void {
  const range = typeof Highlight === 'undefined' ? null : rangeOf(root, passage);
  if (!range) return;
  const marked = CSS.highlights.get(NAME);
  if (marked) marked.add(range);
  else CSS.highlights.set(NAME, new Highlight(range));
}

/** Takes the marks away that are inside `root`. */
export function unmark(root: Node): void {
  const marked = typeof Highlight === 'undefined' ? undefined : CSS.highlights.get(NAME);
  marked?.forEach((range) => {
    if (root.contains(range.startContainer)) marked.delete(range);
  });
  if (marked?.size === 0) CSS.highlights.delete(NAME);
}

/** Where a plain text stands; white space, which differs between text and paragraphs, does not count. */
function rangeOf(root: Node, passage: string): Range | null {
  const places: [Text, number][] = [];
  let all = '';
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode() as Text | null; node; node = walker.nextNode() as Text | null) {
    for (let at = 0; at < node.data.length; at++) {
      if (/\s/.test(node.data[at]!)) continue;
      all += node.data[at];
      places.push([node, at]);
    }
  }
  const wanted = passage.replace(/\s+/g, '');
  const start = all.indexOf(wanted);
  const first = places[start];
  const last = places[start + wanted.length - 1];
  if (!wanted || !first || !last || wanted.length > MOST * all.length) return null;
  const range = new Range();
  range.setStart(...first);
  range.setEnd(last[0], last[1] + 1);
  return range;
}
