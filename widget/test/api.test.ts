import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Api, ApiError } from '../src/api';

const ENTRY = { id: 'hours', question: 'When?', answer: 'At 9.', html: '<p>At 9.</p>', page: '', url: '', tags: [] };
const REPLY = { id: 'a1', answered: true, confidence: 1, answer: ENTRY, basis: { passage: '' }, alternatives: [] };

const api = new Api('https://faq.example.org/', { page: '', tags: [] });
const says = (body: unknown) => {
  globalThis.fetch = () => Promise.resolve(new Response(JSON.stringify(body)));
};
const outcome = (call: Promise<unknown>) => call.then(() => 'fine', (error: unknown) => (error instanceof ApiError ? error.trouble : error));

test('a reply of the shape that it should have is taken', async () => {
  for (const body of [REPLY, { ...REPLY, answered: false, answer: null, basis: null, alternatives: [{ id: 'x', question: 'y' }] }]) {
    says(body);
    assert.equal(await outcome(api.ask('When?')), 'fine');
  }
});

const MALFORMED: unknown[] = [
  null, [], 'x', { ...REPLY, id: 1 }, { ...REPLY, answer: { ...ENTRY, html: null } }, { ...REPLY, answer: 'x' },
  { ...REPLY, alternatives: undefined }, { ...REPLY, alternatives: [null] }, { ...REPLY, basis: { passage: 1 } },
];

test('a malformed reply is a trouble that one can try again from', async () => {
  for (const body of MALFORMED) {
    says(body);
    assert.equal(await outcome(api.ask('When?')), 'failed', JSON.stringify(body));
  }
  says({ ...ENTRY, html: undefined });
  assert.equal(await outcome(api.entry('hours')), 'failed');
  says({ suggestions: [{ id: 'x' }] });
  assert.equal(await outcome(api.suggest('wh', 4, new AbortController().signal)), 'failed');
});

test('what nobody waits for any more is aborted', async () => {
  globalThis.fetch = (_, init) => new Promise((_resolve, reject) => {
    init!.signal!.addEventListener('abort', () => reject(init!.signal!.reason));
  });
  const control = new AbortController();
  const asked = outcome(api.ask('When?', control.signal));
  control.abort('enough');
  assert.equal(await asked, 'enough');
  assert.equal(await outcome(api.ask('When?', control.signal)), 'enough');
});
