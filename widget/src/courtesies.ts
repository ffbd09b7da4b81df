// Small courtesies: a greeting is no question, and the nearest FAQ entry would be a wrong answer to it.

import type { Courtesy, Phrases } from './i18n/texts';

/** From the most to the least that is wanted: "hello, can I talk to a person?" is the latter. */
const ORDER: readonly Courtesy[] = ['person', 'bot', 'thanks', 'bye', 'hello'];

/** From this length on one slip of the fingers is forgiven; in short words it makes other words. */
const FORGIVING = 9;

/** What a message is, if it is nothing but a courtesy; each of its clauses must be one. */
export function courtesyOf(message: string, spoken: readonly Phrases[]): Courtesy | null {
  const whole = kindOf(normalise(message), spoken);
  if (whole) return whole;
  const kinds = message.split(/[,.;:!?¡¿،؟\n]+/).map(normalise).filter(Boolean).map((one) => kindOf(one, spoken));
  return kinds.length && !kinds.includes(null) ? ORDER.find((one) => kinds.includes(one)) ?? null : null;
}

function kindOf(said: string, spoken: readonly Phrases[]): Courtesy | null {
  if (!said) return null;
  const kinds = ORDER.filter((kind) => spoken.some((phrases) => phrases[kind].some((one) => isNear(said, normalise(one)))));
  return kinds[0] ?? null;
}

/** Lower case, without accents, signs, "please" and letters drawn out: "Hellooo!" is "hello". */
export function normalise(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\p{M}\u0640]/gu, '')
    .replace(/(\p{L})\1{2,}/gu, '$1')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .replace(/ (?:please|bitte|por favor|per favore|svp|alstublieft)$/, '');
}

function isNear(said: string, phrase: string): boolean {
  return said === phrase || (phrase.length >= FORGIVING && isOneSlip(said, phrase));
}

/** Whether one letter was left out, added, changed, or swapped with its neighbour. */
export function isOneSlip(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 1) return false;
  let start = 0;
  while (start < one.length && one[start] === other[start]) start++;
  const [left, right] = [one.slice(start), other.slice(start)];
  return left.slice(1) === right
    || left === right.slice(1)
    || left.slice(1) === right.slice(1)
    || (left[0] === right[1] && left[1] === right[0] && left.slice(2) === right.slice(2));
}
