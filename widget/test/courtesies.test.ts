import assert from 'node:assert/strict';
import { test } from 'node:test';

import { courtesyOf, isOneSlip, normalise } from '../src/courtesies';
import { SPEECH } from '../src/i18n/speech';
import type { Courtesy } from '../src/i18n/texts';
import type { Language } from '../src/i18n/languages';

const SAID: [Language, string, Courtesy | null][] = [
  ['en', 'hello', 'hello'],
  ['en', 'Hellooo!!', 'hello'],
  ['en', '  Good morning. ', 'hello'],
  ['en', 'Thanks, bye', 'thanks'],
  ['en', 'Hello, can I talk to a person?', 'person'],
  ['en', 'can I speak to someone please', 'person'],
  ['en', 'can i tlak to a person', 'person'],
  ['en', 'are you a robot?', 'bot'],
  ['en', 'hello, how do I return a chair?', null],
  ['en', 'can I talk to a person about my invoice', null],
  ['en', 'tanks', null],
  ['en', 'hallo', null],
  ['en', 'thankless', null],
  ['en', '', null],
  ['en', '?!', null],
  ['de', 'Grüß Gott', 'hello'],
  ['de', 'Vielen Dank!', 'thanks'],
  ['de', 'hi', 'hello'],
  ['de', 'Kann ich mit einem Menschen sprechen?', 'person'],
  ['fr', 'Puis-je parler à quelqu’un ?', 'person'],
  ['fr', "Puis-je parler a quelqu'un", 'person'],
  ['es', '¡Hola!', 'hello'],
  ['es', '¿Puedo hablar con una persona?', 'person'],
  ['pt', 'Obrigado', 'thanks'],
  ['it', 'Grazie mille', 'thanks'],
  ['nl', 'Dank je wel', 'thanks'],
  ['ar', 'مرحباً', 'hello'],
  ['ar', 'شكرًا', 'thanks'],
  ['ar', 'السلام عليكم', 'hello'],
  ['ar', 'هل يمكنني التحدث مع شخص؟', 'person'],
];

for (const [language, said, expected] of SAID) {
  test(`${language}: ${JSON.stringify(said)} is ${expected ?? 'a question'}`, () => {
    assert.equal(courtesyOf(said, [SPEECH[language].phrases, SPEECH.en.phrases]), expected);
  });
}

test('one slip of the fingers is one letter left out, added, changed or swapped', () => {
  for (const other of ['thnk you', 'thank  you', 'thamk you', 'htank you']) assert.ok(isOneSlip('thank you', other), other);
  for (const other of ['thxx you', 'thank', 'you thank', 'thank you so']) assert.ok(!isOneSlip('thank you', other), other);
});

test('a text is bare of case, accents and signs', () => {
  assert.equal(normalise('  ¿Qué TAL?! '), 'que tal');
  assert.equal(normalise('Straße, bitte!'), 'straße');
});
