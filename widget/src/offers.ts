// Questions of the FAQ to choose from, each one press away.

import type { Offer } from './api';
import { button, el, icon } from './dom';
import { ARROW } from './icons';

/** A list of native buttons; `said` marks the questions as part of what is read out. */
export function offerList(
  offers: readonly Offer[], pick: (offer: Offer) => void, said: Record<string, boolean> = {},
): HTMLElement {
  const rows = offers.map((offer) => el('li', {},
    button({ class: 'offer', part: 'offer', dir: 'auto' }, () => pick(offer),
      el('span', said, offer.question), icon(ARROW))));
  return el('ul', { class: 'offers' }, ...rows);
}
