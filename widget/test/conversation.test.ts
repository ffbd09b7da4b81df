import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Entry, Reply } from '../src/api';
import { Conversation, outcomeOf, type Turn } from '../src/conversation';
import { Memory } from '../src/memory';

const ENTRY: Entry = { id: 'hours', question: 'When?', answer: 'At 9.', html: '<p>At 9.</p>', page: '', url: '', tags: [] };
const OFFERS = [{ id: 'parking', question: 'Where?' }, { id: 'wordless', question: '' }];
const REPLY: Reply = { id: 'a1', answered: false, confidence: 0.2, answer: null, basis: null, alternatives: [] };

test('a reply is one of three outcomes', () => {
  const answered = { ...REPLY, answered: true, answer: ENTRY, basis: { passage: 'At 9.' }, alternatives: OFFERS };
  assert.deepEqual(outcomeOf(answered), {
    kind: 'answered', asking: 'a1', entry: ENTRY, passage: 'At 9.', offers: [OFFERS[0]],
  });
  assert.deepEqual(outcomeOf({ ...REPLY, alternatives: OFFERS }), { kind: 'unsure', asking: 'a1', offers: [OFFERS[0]] });
  assert.deepEqual(outcomeOf({ ...REPLY, alternatives: [OFFERS[1]!] }), { kind: 'none', asking: 'a1' });
  assert.deepEqual(outcomeOf(REPLY), { kind: 'none', asking: 'a1' });
});

test('turns are numbered on, changed by number, and gone when one begins anew', () => {
  let kept: readonly Turn[] = [];
  const conversation = new Conversation([], (turns) => { kept = turns; });
  const first = conversation.add('One?');
  conversation.add('Two?', 'hours');
  assert.deepEqual(kept.map(({ number, question, picked }) => [number, question, picked]), [[1, 'One?', ''], [2, 'Two?', 'hours']]);
  const changed = conversation.change(first.number, { outcome: { kind: 'none', asking: 'a1' } });
  assert.deepEqual(changed?.outcome, { kind: 'none', asking: 'a1' });
  assert.equal(conversation.turns[1]?.outcome.kind, 'waiting');
  conversation.clear();
  assert.equal(conversation.change(1, { verdict: 'helpful' }), null);
  assert.deepEqual(kept, []);
  const third = conversation.add('Three?');
  assert.equal(third.number, 3);
  assert.equal(new Conversation([], () => {}).add('Four?').number, 4);
  assert.equal(new Conversation([{ ...third, number: 9 }], () => {}).add('Ten?').number, 10);
});

test('a turn that has gone is not written back', () => {
  const conversation = new Conversation([], () => assert.ok(conversation.turns.length));
  const { number } = conversation.add('One?');
  assert.equal(conversation.change(number + 1, { verdict: 'helpful' }), null);
});

const TURN: Turn = { number: 1, question: 'One?', picked: '', outcome: { kind: 'none', asking: 'a1' }, verdict: null };
const page = globalThis as { sessionStorage?: unknown };

test('a conversation lives in the page, and nowhere else unless that is allowed', () => {
  page.sessionStorage = { getItem: () => null, setItem: () => assert.ok(false), removeItem: () => assert.ok(false) };
  new Memory('page', false).save([TURN]);
  assert.deepEqual(new Memory('page', false).load(), [TURN]);
  new Memory('page', false).forget();
  assert.deepEqual(new Memory('page', false).load(), []);
});

test('storage that throws, or holds something else, is as if it were empty', () => {
  for (const stored of ['{', 'null', '[1]', '[{"number":1}]', '[{"number":1,"question":"x","outcome":{"kind":"answered"}}]']) {
    page.sessionStorage = { getItem: () => stored };
    assert.deepEqual(new Memory(stored, true).load(), [], stored);
  }
  const answered: Turn = { ...TURN, outcome: { kind: 'answered', asking: 'a1', entry: ENTRY, passage: '', offers: [] } };
  const waiting: Turn = { ...TURN, number: 2, outcome: { kind: 'waiting' } };
  page.sessionStorage = { getItem: () => JSON.stringify([answered, waiting]) };
  assert.deepEqual(new Memory('good', true).load(), [answered]);
  const malformed: object[] = [
    { entry: { ...ENTRY, html: null } }, { offers: undefined }, { kind: 'unsure', offers: [null] }, { kind: 'other' },
  ];
  for (const wrong of malformed) {
    const stored = JSON.stringify([answered, { ...answered, outcome: { ...answered.outcome, ...wrong } }]);
    page.sessionStorage = { getItem: () => stored };
    assert.deepEqual(new Memory(stored, true).load(), [], stored);
  }
  page.sessionStorage = new Proxy({}, { get: () => { throw new Error('forbidden'); } });
  const memory = new Memory('throws', true);
  assert.deepEqual(memory.load(), []);
  memory.save([TURN]);
  assert.deepEqual(memory.load(), [TURN]);
});
