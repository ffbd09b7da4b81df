import assert from 'node:assert/strict';
import { test } from 'node:test';

import { courtesyOf, normalise } from '../src/courtesies';
import { LANGUAGES, languageOf } from '../src/i18n/languages';
import { LAUNCHER } from '../src/i18n/launcher';
import { SPEECH } from '../src/i18n/speech';

const SAME = new Set(['source', 'link', 'copy', 'suggestions', 'no', 'placeholder', 'label', 'close', 'retry']);

for (const language of LANGUAGES) {
  const { texts, phrases } = SPEECH[language];

  test(`${language} has every text, in its own words`, () => {
    assert.deepEqual(Object.keys(texts), Object.keys(SPEECH.en.texts));
    for (const [name, text] of Object.entries(texts)) {
      assert.ok(text.trim(), name);
      const english = SPEECH.en.texts[name as keyof typeof texts];
      assert.ok(language === 'en' || SAME.has(name) || text !== english, name);
    }
  });

  test(`${language} says what is heard with the word that is seen`, () => {
    assert.ok(texts.permalink.startsWith(texts.link), texts.permalink);
  });

  test(`${language} knows its own phrases for what they are`, () => {
    for (const [kind, said] of Object.entries(phrases)) {
      for (const phrase of said) {
        assert.ok(normalise(phrase), phrase);
        const found = courtesyOf(phrase, [phrases]);
        assert.ok(found === kind || phrases[found!].map(normalise).includes(normalise(phrase)), `${phrase}: ${found}`);
      }
    }
  });

  test(`${language} has the launcher's texts`, () => {
    assert.ok(Object.values(LAUNCHER[language]).every((text) => text.trim()));
  });
}

test('a tag names a language whatever its case and country', () => {
  const names = ['de', 'de-AT', 'PT_br', 'ar-EG', 'ja', ''].map(languageOf);
  assert.deepEqual(names, ['de', 'de', 'pt', 'ar', 'en', 'en']);
});
