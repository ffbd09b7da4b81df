// Where conversations are kept: in the page, while it lives; in session storage only where the page's
// author allows it, and only once the visitor has asked something.

import { isEntry, isOffers } from './api';
import type { Outcome, Turn } from './conversation';

const inPage = new Map<string, readonly Turn[]>();

export class Memory {
  readonly #key: string;
  readonly #persist: boolean;

  constructor(key: string, persist: boolean) {
    this.#key = key;
    this.#persist = persist;
  }

  load(): readonly Turn[] {
    return inPage.get(this.#key) ?? (this.#persist ? this.#stored() : []);
  }

  save(turns: readonly Turn[]): void {
    inPage.set(this.#key, turns);
    if (this.#persist) this.#store(turns);
  }

  forget(): void {
    inPage.delete(this.#key);
    if (this.#persist) this.#store([]);
  }

  #stored(): readonly Turn[] {
    try {
      const turns: unknown = JSON.parse(sessionStorage.getItem(this.#key) ?? '[]');
      return areTurns(turns) ? turns.filter(({ outcome }) => outcome.kind !== 'waiting') : [];
    } catch {
      return []; // no storage here, or not what we put there
    }
  }

  #store(turns: readonly Turn[]): void {
    try {
      if (turns.length) sessionStorage.setItem(this.#key, JSON.stringify(turns));
      else sessionStorage.removeItem(this.#key);
    } catch {
      // Storage is forbidden or full: the conversation lives as long as the page.
    }
  }
}

/** Whether it is what `save` wrote; storage may hold what an older version, or the page, has put there. */
function areTurns(value: unknown): value is readonly Turn[] {
  return Array.isArray(value) && value.every(isTurn);
}

function isTurn(value: unknown): value is Turn {
  const { number, question, picked, outcome, verdict } = (value ?? {}) as Partial<Turn>;
  const said = [question, picked].every((one) => typeof one === 'string');
  return Number.isSafeInteger(number) && said && (verdict === null || typeof verdict === 'string')
    && Boolean(outcome) && isOutcome(outcome!);
}

function isOutcome(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case 'answered': return typeof outcome.passage === 'string' && isEntry(outcome.entry) && isOffers(outcome.offers);
    case 'unsure': return isOffers(outcome.offers);
    case 'courtesy': return typeof outcome.courtesy === 'string';
    case 'trouble': return typeof outcome.trouble === 'string';
    case 'none':
    case 'waiting': return true;
    default: return false;
  }
}
