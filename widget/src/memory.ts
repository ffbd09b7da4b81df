// Where conversations are kept: in the page, while it lives; in session storage only where the page's
// author allows it, and only once the visitor has asked something.

import type { Turn } from './conversation';

const inPage = new Map<string, readonly Turn[]>();

export class Memory {
  readonly #key: string;
  readonly #persist: boolean;

  constructor(key: string, persist: boolean) {
    this.#key = `faq-chat:${key}`;
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
      return Array.isArray(turns) ? turns.filter(isTurn) : [];
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

const SETTLED = ['answered', 'unsure', 'none', 'courtesy', 'trouble'];

/** A turn whose outcome has come; storage may hold what an older version wrote. */
function isTurn(value: unknown): value is Turn {
  const turn = value as Partial<Turn> | null;
  const outcome = turn?.outcome;
  if (typeof turn?.number !== 'number' || typeof turn.question !== 'string' || !outcome) return false;
  return SETTLED.includes(outcome.kind) && (outcome.kind !== 'answered' || Boolean(outcome.entry));
}
