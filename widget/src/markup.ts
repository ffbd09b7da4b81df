// Reads the HTML of an answer into plain records. The service has sanitised it, and writes it in one plain
// form; what is not in that form is text. The browser's own parsers stay out of it: they may run what
// they read, so that pages with Trusted Types forbid them.

export interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Piece[];
}

/** A tag with what is in it, or text. */
export type Piece = Tag | string;

const VOID = new Set(['br', 'hr', 'img', 'wbr', 'col']);
const TOKEN = /<!--[\s\S]*?-->|<(\/?)([a-z][a-z0-9-]*)((?:\s+[a-z][a-z0-9-]*(?:="[^"]*")?)*)\s*\/?>/gi;
const ATTRIBUTE = /([a-z][a-z0-9-]*)(?:="([^"]*)")?/gi;
/** Deeper than anything that people write; what is below is kept, as text without structure. */
const DEEPEST = 64;

interface Open {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: Piece[];
}

/** The pieces of an answer, in order. */
export function parse(html: string): readonly Piece[] {
  const stack: Open[] = [{ name: '', attributes: {}, children: [] }];
  let end = 0;
  for (const token of html.matchAll(TOKEN)) {
    addText(stack, html.slice(end, token.index));
    end = token.index! + token[0].length;
    if (token[2]) addTag(stack, token[1] === '/', token[2].toLowerCase(), token[3] ?? '');
  }
  addText(stack, html.slice(end));
  return stack[0]!.children;
}

function addTag(stack: Open[], closing: boolean, name: string, attributes: string): void {
  if (closing) {
    const depth = stack.findLastIndex((one) => one.name === name);
    if (depth > 0) stack.length = depth;
    return;
  }
  const tag: Open = { name, attributes: readAttributes(attributes), children: [] };
  if (stack.length > DEEPEST) return;
  stack.at(-1)!.children.push(tag);
  if (!VOID.has(name)) stack.push(tag);
}

function addText(stack: Open[], text: string): void {
  if (text) stack.at(-1)!.children.push(decode(text));
}

function readAttributes(text: string): Record<string, string> {
  const pairs = [...text.matchAll(ATTRIBUTE)].map(([, name, value]) => [name!.toLowerCase(), decode(value ?? '')]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** The characters that references stand for; HTML's serialisation uses no others than these. */
function decode(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
    if (name) return Object.hasOwn(NAMED, name) ? NAMED[name]! : whole;
    const code = decimal ? Number(decimal) : parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
