// One turn as it is seen: the question, and one of the outcomes, plain to tell apart.

import { answerBody, answerFacts } from './answer';
import type { Outcome, Turn } from './conversation';
import { button, el, icon, type Child } from './dom';
import { feedback } from './feedback';
import { contactOf, handoverBlock } from './handover';
import { ALERT, CHECK, DASH, QUESTION } from './icons';
import { offerList } from './offers';
import { SAID, type Stage } from './stage';

type Of<K extends Outcome['kind']> = Extract<Outcome, { kind: K }>;

/** The article of a turn. It can take the focus when what had it goes away. */
export function turnView(turn: Turn, stage: Stage): HTMLElement {
  const { kind } = turn.outcome;
  const asked = el('h3', { class: 'question', part: 'question' },
    el('span', { class: 'unseen' }, `${stage.texts.asked} `), el('bdi', {}, turn.question));
  const outcome = el('div', { class: 'outcome', part: 'outcome', 'data-kind': kind }, ...pieces(turn, stage));
  return el('article', { class: 'turn', tabindex: -1, 'aria-busy': kind === 'waiting' }, asked, outcome);
}

/** What a screen reader is told of a turn. */
export function spokenOf(view: HTMLElement): string {
  const said = [...view.querySelectorAll<HTMLElement>('[data-say]')].map((node) => node.innerText);
  return said.join(' ').replace(/\s+/g, ' ').trim();
}

function pieces(turn: Turn, stage: Stage): Child[] {
  const { outcome } = turn;
  switch (outcome.kind) {
    case 'answered': return answered(turn, outcome, stage);
    case 'unsure': return unsure(turn, outcome, stage);
    case 'none': return none(turn, stage);
    case 'courtesy': return courtesy(outcome, stage);
    case 'trouble': return trouble(turn, outcome, stage);
    case 'waiting': return waiting(stage);
  }
}

const label = (drawing: string, words: string): HTMLElement =>
  el('p', { class: 'label', ...SAID }, icon(drawing), el('span', {}, words));

function answered(turn: Turn, { entry, asking, offers }: Of<'answered'>, stage: Stage): Child[] {
  const told = isSame(entry.question, turn.question)
    ? null : el('h4', { class: 'entry-question', dir: 'auto', ...SAID }, entry.question);
  const body = answerBody(entry, stage.options.api, SAID);
  return [
    label(CHECK, stage.texts.answered), told, body, answerFacts(entry, body, stage),
    asking && feedback(turn, offers, stage),
  ];
}

const isSame = (one: string, other: string): boolean => bare(one) === bare(other);
const bare = (text: string): string => text.trim().toLowerCase().replace(/[\s?]+$/, '');

function unsure(turn: Turn, { offers }: Of<'unsure'>, stage: Stage): Child[] {
  const list = offerList(offers, (offer) => stage.pick(offer), SAID);
  return [label(QUESTION, stage.texts.unsure), el('p', SAID, stage.texts.unsureHint), list, handoverBlock(turn, stage)];
}

function none(turn: Turn, stage: Stage): Child[] {
  return [label(DASH, stage.texts.none), el('p', SAID, stage.texts.noneHint), handoverBlock(turn, stage)];
}

function courtesy({ courtesy: kind }: Of<'courtesy'>, stage: Stage): Child[] {
  const { texts } = stage;
  const way = kind === 'person' || kind === 'bot' ? contactOf(stage.lastQuestion(), stage) : null;
  const words = kind === 'person' && !way ? texts.personNobody : texts[kind];
  return [el('p', SAID, words), way];
}

function trouble(turn: Turn, { trouble: what }: Of<'trouble'>, stage: Stage): Child[] {
  const again = button({ class: 'retry' }, () => stage.retry(turn), stage.texts.retry);
  return [label(ALERT, stage.texts[what]), again];
}

function waiting({ texts }: Stage): Child[] {
  const words = el('span', { class: 'unseen' }, texts.looking);
  return [el('p', { class: 'dots' }, words, el('i'), el('i'), el('i'))];
}
