import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BLACK, contrast, cssOf, inkOn, luminance, parseColour, readable, WHITE, type Rgb } from '../src/colour';

test('contrast is as WCAG defines it', () => {
  assert.equal(contrast(WHITE, [0, 0, 0]), 21);
  assert.equal(contrast(WHITE, WHITE), 1);
  assert.equal(contrast([119, 119, 119], WHITE).toFixed(2), '4.48');
  assert.equal(luminance([255, 0, 0]).toFixed(4), '0.2126');
});

const READ: [string, Rgb | null][] = [
  ['rgb(1, 2, 3)', [1, 2, 3]],
  ['rgba(1, 2, 3, 0.5)', [1, 2, 3]],
  ['color(srgb 0 0.2 1)', [0, 51, 255]],
  ['oklch(0.5 0.1 120)', null],
  ['', null],
];

for (const [computed, expected] of READ) {
  test(`reads ${JSON.stringify(computed)}`, () => assert.deepEqual(parseColour(computed), expected));
}

test('a colour that can be read already stays as it is', () => {
  assert.deepEqual(readable([15, 102, 86], WHITE, 6), [15, 102, 86]);
});

test('whatever the accent, its text can be read, on light and on dark', () => {
  const accents: Rgb[] = [[255, 212, 0], [255, 255, 255], [0, 0, 0], [124, 58, 237], [15, 102, 86], [255, 0, 0], [0, 255, 255]];
  for (const accent of accents) {
    for (const ground of [WHITE, [23, 27, 25] as Rgb]) {
      const ink = readable(accent, ground, 6);
      assert.ok(contrast(ink, ground) >= 6, `${accent} on ${ground}: ${ink}`);
      assert.ok(ink.every((part) => part >= 0 && part <= 255), String(ink));
    }
    assert.ok(contrast(inkOn(accent), accent) >= 4.5, String(accent));
  }
});

test('the ink on a colour is white or near black', () => {
  assert.equal(inkOn([255, 212, 0]), BLACK);
  assert.equal(inkOn([15, 102, 86]), WHITE);
  assert.equal(cssOf([1.4, 2, 254.6]), 'rgb(1 2 255)');
});
