import assert from 'node:assert/strict';
import { test } from 'node:test';

import { oneOf, MODES } from '../src/attributes';
import { readOptions, type Options } from '../src/options';

const read = (set: Record<string, string>): Options =>
  readOptions((name) => set[name] ?? null, 'https://faq.example.org/help/');

test('nothing need be set', () => {
  assert.deepEqual(read({}), {
    api: 'https://faq.example.org/help/', inline: false, theme: 'auto', accent: '', page: '', tags: [],
    suggestions: null, greeting: '', heading: '', contact: '', persist: false, shareText: false, suggest: true,
  });
});

const APIS: [string, string][] = [
  ['https://api.example.org', 'https://api.example.org/'],
  ['https://api.example.org/qa', 'https://api.example.org/qa/'],
  ['https://api.example.org/qa/?x#y', 'https://api.example.org/qa/'],
  ['/other', 'https://faq.example.org/other/'],
  ['http://', 'https://faq.example.org/help/'],
];

for (const [given, expected] of APIS) {
  test(`the service named ${given} is at ${expected}`, () => assert.equal(read({ api: given }).api, expected));
}

test('lists are cut and trimmed; an empty one is a wish too', () => {
  assert.deepEqual(read({ tags: ' visit, car,' }).tags, ['visit', 'car']);
  assert.deepEqual(read({ suggestions: 'One, or two? | Three?' }).suggestions, ['One, or two?', 'Three?']);
  assert.deepEqual(read({ suggestions: '' }).suggestions, []);
});

test('what is not known is as if it had not been set', () => {
  assert.equal(read({ theme: 'pink' }).theme, 'auto');
  assert.equal(read({ persist: 'forever' }).persist, false);
  assert.equal(oneOf('sideways', MODES), 'launcher');
  assert.equal(oneOf(' inline ', MODES), 'inline');
});

test('what is there is on, unless it says that it is off', () => {
  assert.deepEqual(['', 'true', 'false', 'off'].map((one) => read({ 'share-text': one }).shareText), [true, true, false, false]);
});
