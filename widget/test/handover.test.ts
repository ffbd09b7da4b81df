import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addressOf, wayOf, type Way } from '../src/handover';

const PAGE = 'https://shop.example.org/chairs';

const WAYS: [string, Way][] = [
  ['', 'none'],
  ['event', 'event'],
  ['mailto:help@example.org', 'mail'],
  ['https://example.org/contact', 'link'],
  ['/contact', 'link'],
  ['tel:+441234', 'link'],
  ['javascript:alert(1)', 'none'],
  ['data:text/html,x', 'none'],
  ['mailto:help@example.org?body={question}', 'mail'],
];

for (const [contact, way] of WAYS) {
  test(`${JSON.stringify(contact)} is ${way}`, () => assert.equal(wayOf(contact, PAGE), way));
}

const ADDRESSES: [string, string][] = [
  ['mailto:help@example.org', 'mailto:help@example.org?subject=FAQ&body=Is%20it%20%26%20%C3%A9%3F'],
  ['mailto:help@example.org?subject=Chairs', 'mailto:help@example.org?subject=Chairs&body=Is%20it%20%26%20%C3%A9%3F'],
  ['https://example.org/contact', 'https://example.org/contact?question=Is%20it%20%26%20%C3%A9%3F'],
  ['https://example.org/contact?from=faq', 'https://example.org/contact?from=faq&question=Is%20it%20%26%20%C3%A9%3F'],
  ['/contact', 'https://shop.example.org/contact?question=Is%20it%20%26%20%C3%A9%3F'],
  ['https://example.org/c?text={question}#form', 'https://example.org/c?text=Is%20it%20%26%20%C3%A9%3F#form'],
  ['tel:+441234', 'tel:+441234'],
];

for (const [contact, expected] of ADDRESSES) {
  test(`the question goes along to ${contact}`, () => {
    assert.equal(addressOf(contact, 'Is it & é?', 'FAQ', PAGE), expected);
  });
}

test('without a question there is nothing to fill in', () => {
  assert.equal(addressOf('mailto:help@example.org', '', 'FAQ', PAGE), 'mailto:help@example.org');
});
