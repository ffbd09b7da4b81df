import assert from 'node:assert/strict';
import { test } from 'node:test';

import { baseOf, currentScript, panelUrl, scriptUrl } from '../src/place';

const BASES: [string, string][] = [
  ['https://faq.example.org/widget.js', 'https://faq.example.org/'],
  ['https://faq.example.org/widget.js?v=1#x', 'https://faq.example.org/'],
  ['https://example.org/help/faq/widget.js', 'https://example.org/help/faq/'],
  ['https://faq.example.org/widget/0123456789ab/loader.js', 'https://faq.example.org/'],
  ['https://example.org/help/widget/0123456789ab/loader.js', 'https://example.org/help/'],
  ['https://example.org/assets/faq.js', 'https://example.org/assets/'],
];

for (const [script, base] of BASES) {
  test(`${script} is below ${base}`, () => assert.equal(baseOf(script), base));
}

test('the panel is beside the loader, and a new attempt has a new address', () => {
  assert.equal(panelUrl('https://x.org/help/', '0123456789ab', 0), 'https://x.org/help/widget/0123456789ab/panel.js');
  assert.equal(panelUrl('https://x.org/', '0123456789ab', 2), 'https://x.org/widget/0123456789ab/panel.js?attempt=2');
});

const CHROMIUM = 'Error\n    at https://x.org/widget.js:1:200\n    at https://y.org/app.js:3:4';
const FIREFOX = '@https://x.org/widget.js:1:200\nmodule@https://y.org/app.js:3:4';

test('a module finds its address in a trace', () => {
  assert.equal(scriptUrl(null, CHROMIUM), 'https://x.org/widget.js');
  assert.equal(scriptUrl(null, FIREFOX), 'https://x.org/widget.js');
  assert.equal(scriptUrl(null, 'at http://localhost:8000/widget.js:1:2'), 'http://localhost:8000/widget.js');
});

test('only a script is the running script, whatever the page has named so', () => {
  class Script {}
  const script = new Script();
  const page = globalThis as { HTMLScriptElement?: unknown; document?: unknown };
  page.HTMLScriptElement = Script;
  page.document = { currentScript: script };
  assert.equal(currentScript(), script);
  page.document = { currentScript: { src: 'https://elsewhere.example/x.js' } };
  assert.equal(currentScript(), null);
  delete page.document;
});
