// What has been asked and what came of it: records, and the one place that changes them.

import type { Entry, Offer, Reason, Reply, Trouble } from './api';
import type { Courtesy } from './i18n/texts';

/** What came of a question. The first three are the service's outcomes. */
export type Outcome =
  | { readonly kind: 'answered'; readonly asking: string; readonly entry: Entry; readonly passage: string; readonly offers: readonly Offer[] }
  | { readonly kind: 'unsure'; readonly asking: string; readonly offers: readonly Offer[] }
  | { readonly kind: 'none'; readonly asking: string }
  | { readonly kind: 'courtesy'; readonly courtesy: Courtesy }
  | { readonly kind: 'trouble'; readonly trouble: Trouble }
  | { readonly kind: 'waiting' };

export type Verdict = 'helpful' | Reason;

export interface Turn {
  readonly number: number;
  readonly question: string;
  /** The entry that was picked by its question; empty when the visitor's own words were sent. */
  readonly picked: string;
  readonly outcome: Outcome;
  readonly verdict: Verdict | null;
}

/** The outcome that a reply stands for. Offers without a question have nothing to show. */
export function outcomeOf(reply: Reply): Outcome {
  const offers = reply.alternatives.filter(({ question }) => question);
  if (reply.answered && reply.answer) {
    const { id: asking, answer: entry, basis } = reply;
    return { kind: 'answered', asking, entry, passage: basis?.passage ?? '', offers };
  }
  return offers.length ? { kind: 'unsure', asking: reply.id, offers } : { kind: 'none', asking: reply.id };
}

/** No number is used twice in a page: a late reply, or a verdict, cannot meet another question. */
let last = 0;

export class Conversation {
  #turns: readonly Turn[];
  readonly #changed: (turns: readonly Turn[]) => void;

  constructor(turns: readonly Turn[], changed: (turns: readonly Turn[]) => void) {
    this.#turns = turns;
    this.#changed = changed;
    last = Math.max(last, ...turns.map(({ number }) => number));
  }

  get turns(): readonly Turn[] {
    return this.#turns;
  }

  /** A new question, for whose outcome one waits. */
  add(question: string, picked = ''): Turn {
    const turn: Turn = { number: ++last, question, picked, outcome: { kind: 'waiting' }, verdict: null };
    this.#set([...this.#turns, turn]);
    return turn;
  }

  /** Changes a turn and returns it as it is now; null if it has gone meanwhile. */
  change(number: number, change: Partial<Pick<Turn, 'outcome' | 'verdict'>>): Turn | null {
    const before = this.#turns.find((turn) => turn.number === number);
    if (!before) return null;
    const after = { ...before, ...change };
    this.#set(this.#turns.map((turn) => (turn === before ? after : turn)));
    return after;
  }

  clear(): void {
    this.#set([]);
  }

  #set(turns: readonly Turn[]): void {
    this.#turns = turns;
    this.#changed(turns);
  }
}
