// What a turn needs to know, and what can be set off from it.

import type { Offer } from './api';
import type { Turn, Verdict } from './conversation';
import type { Texts } from './i18n/texts';
import type { Options } from './options';
import type { Shell } from './shell';

export interface Stage {
  readonly shell: Shell;
  readonly options: Options;
  readonly texts: Texts;
  /** What was last asked, courtesies apart; empty before the first question. */
  lastQuestion(): string;
  pick(offer: Offer): void;
  retry(turn: Turn): void;
  judge(turn: Turn, verdict: Verdict): Promise<void>;
  /** Scrolls as little as it takes to see the end of it. */
  reveal(node: HTMLElement): void;
  /** Has a screen reader say it. */
  say(text: string): void;
}

/** Marks what is read out of an outcome, once it is there. */
export const SAID = { 'data-say': true };
