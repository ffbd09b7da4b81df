import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parse, type Piece } from '../src/markup';

const tag = (name: string, ...children: Piece[]) => ({ name, attributes: {}, children });

const READ: [string, readonly Piece[]][] = [
  ['', []],
  ['plain', ['plain']],
  ['<p>one</p>\n<p>two</p>', [tag('p', 'one'), '\n', tag('p', 'two')]],
  ['<p>a <strong>b <em>c</em></strong></p>', [tag('p', 'a ', tag('strong', 'b ', tag('em', 'c')))]],
  ['one<br>two<br/>three', ['one', tag('br'), 'two', tag('br'), 'three']],
  ['<a href="https://x.org/?a=1&amp;b=2" rel="noopener">x</a>',
    [{ name: 'a', attributes: { href: 'https://x.org/?a=1&b=2', rel: 'noopener' }, children: ['x'] }]],
  ['<img src="x.png" alt="a > b">', [{ name: 'img', attributes: { src: 'x.png', alt: 'a > b' }, children: [] }]],
  ['<details open><summary>s</summary></details>',
    [{ name: 'details', attributes: { open: '' }, children: [tag('summary', 's')] }]],
  ['&lt;script&gt; &amp;amp; &quot;&#39;&#x41;&nbsp;', ['<script> &amp; "\'A\u00a0']],
  ['&unknown; &#0; &#x110000; & <', ['&unknown; &#0; &#x110000; & <']],
  ['<!-- <b>no</b> --><b>yes</b>', [tag('b', 'yes')]],
  // Not in the service's form, and so text, or as if it were not there.
  ['<p>open', [tag('p', 'open')]],
  ['</p>closed', ['closed']],
  ['<p><b>crossed</p></b>after', [tag('p', tag('b', 'crossed')), 'after']],
  ["<a href='x'>y</a>", ["<a href='x'>y"]],
  ['<a href=x>y</a>', ['<a href=x>y']],
  ['1 < 2 > 0', ['1 < 2 > 0']],
  ['<IMG SRC="X">', [{ name: 'img', attributes: { src: 'X' }, children: [] }]],
];

for (const [html, expected] of READ) {
  test(`reads ${JSON.stringify(html)}`, () => assert.deepEqual(parse(html), expected));
}

test('what is nested deeper than people write does not exhaust the stack', () => {
  let depth = 0;
  const pieces = parse('<b>'.repeat(100_000) + 'x' + '</b>'.repeat(100_000));
  for (let at: Piece | undefined = pieces[0]; typeof at === 'object'; at = at.children[0]) depth++;
  assert.equal(depth, 64);
});
