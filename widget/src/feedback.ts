// Whether it helped, and if not, which of two things went wrong: the matching, or the answer itself.

import { ApiError, type Offer } from './api';
import type { Turn, Verdict } from './conversation';
import { button, el, icon, type Child } from './dom';
import { handoverBlock } from './handover';
import { DOWN, UP } from './icons';
import { offerList } from './offers';
import type { Stage } from './stage';

/** The row below an answer; it changes in place, and keeps the focus that was in it. */
export function feedback(turn: Turn, offers: readonly Offer[], stage: Stage): HTMLElement {
  const { texts } = stage;
  const row = el('div', { class: 'feedback', part: 'feedback', role: 'group', tabindex: -1, 'aria-label': texts.helped });

  const show = (...children: Child[]) => {
    const focused = row.contains((row.getRootNode() as ShadowRoot).activeElement);
    row.replaceChildren(...children.filter((child): child is Node => Boolean(child)));
    if (focused) row.focus({ preventScroll: true });
    stage.reveal(row);
  };
  const judge = async (verdict: Verdict) => {
    show(...afterwards({ ...turn, verdict }, offers, stage));
    try {
      await stage.judge(turn, verdict);
    } catch (error) {
      const words = texts[error instanceof ApiError ? error.trouble : 'failed'];
      show(el('p', {}, words), button({ class: 'retry' }, () => void judge(verdict), texts.retry));
      stage.say(words);
      return;
    }
    stage.say(texts.told);
  };
  const why = () => {
    show(el('p', { class: 'whole' }, texts.wrong),
      button({ class: 'pill' }, () => void judge('not_my_question'), texts.notMyQuestion),
      button({ class: 'pill' }, () => void judge('did_not_help'), texts.didNotHelp));
    stage.say(texts.wrong);
  };

  show(...(turn.verdict ? afterwards(turn, offers, stage) : [
    el('p', {}, texts.helped),
    button({ class: 'pill' }, () => void judge('helpful'), icon(UP), el('span', {}, texts.yes)),
    button({ class: 'pill' }, why, icon(DOWN), el('span', {}, texts.no)),
  ]));
  return row;
}

/** Thanks; and to whom it did not help, what may. */
function afterwards(turn: Turn, offers: readonly Offer[], stage: Stage): Child[] {
  const { texts } = stage;
  const more = turn.verdict === 'not_my_question' && offers.length
    ? [el('p', { class: 'hint' }, texts.perhaps), offerList(offers, (offer) => stage.pick(offer))] : [];
  return [
    el('p', {}, texts.told),
    turn.verdict !== 'helpful' && el('div', { class: 'more' }, ...more, handoverBlock(turn, stage)),
  ];
}
