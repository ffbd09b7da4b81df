// The ask page: one question, one outcome, and the whole FAQ below. No state but the page and its address.

import { showPassage } from './passage.js';

const PATIENCE_MS = 15_000;
const TYPING_PAUSE_MS = 120;
const PAGE_SIZE = 100;
const NO_ANSWER = 'The FAQ has no answer to this.';
const HINT = 'Try other words, or look through all questions below.';

const byId = (id) => document.getElementById(id);
const form = byId('ask-form');
const input = byId('question');
const listbox = byId('suggestions');
const outcome = byId('outcome');
const status = byId('status');
const siteTitle = document.title;

/** An element with properties; what is not an element among its children becomes text, never markup. */
function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** The one place where text becomes markup: the server has sanitised `html`, and the CSP stands behind it. */
function storedAnswer(html, name) {
  return element('div', { className: name, dir: 'auto', innerHTML: html ?? '' });
}

// --- Talking to the service ---

/** A failure whose message is meant for the visitor. */
class Kindly extends Error {}

async function call(path, { body, control = new AbortController() } = {}) {
  const slow = new Kindly('This is taking too long. The service may be busy; please try again.');
  const timer = setTimeout(() => control.abort(slow), PATIENCE_MS);
  try {
    // Relative to the page, so that the service may live behind a path prefix.
    const reply = await fetch(new URL(path, document.baseURI), request(body, control.signal));
    const data = await reply.json().catch(() => null);
    control.signal.throwIfAborted();
    if (reply.ok && data) return data;
    throw new Kindly(data?.detail || `The service could not reply just now (${reply.status}).`);
  } catch (error) {
    throw control.signal.aborted ? control.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

function request(body, signal) {
  if (body === undefined) return { signal };
  const headers = { 'Content-Type': 'application/json' };
  return { signal, method: 'POST', headers, body: JSON.stringify(body) };
}

function explain(error) {
  if (error instanceof Kindly) return error.message;
  return navigator.onLine
    ? 'The service cannot be reached. Please try again in a moment.'
    : 'You seem to be offline. Please try again once you are connected.';
}

// --- Asking ---

let asking = null;

async function ask(text, { remember = true } = {}) {
  const question = text.trim();
  if (!question) return input.focus();
  forgetSuggestions();
  input.value = question;
  if (remember) rememberInAddress(question);
  document.title = `${question} – ${siteTitle}`;
  asking?.abort();
  const control = asking = new AbortController();
  waiting();
  const view = await call('v1/ask', { body: { question }, control })
    .then(viewOf, (error) => failureView(error, question));
  if (asking === control) show(view); // a later question has made this reply stale
}

function waiting() {
  status.textContent = ''; // so that the same answer, asked for twice, is announced twice
  outcome.setAttribute('aria-busy', 'true');
  if (!outcome.hidden) return;
  outcome.className = 'waiting';
  outcome.replaceChildren(element('p', {}, 'Looking it up …'));
  outcome.hidden = false;
}

/**
 * A view is what an outcome looks like (`nodes`, and the `passage` of an answer that it rests on) and,
 * once it is there, how it is read out (`spoken`).
 */
function viewOf(reply) {
  const alternatives = reply.alternatives.filter(({ question }) => question); // some have an answer only
  return (reply.answered && reply.answer ? answerView : noAnswerView)({ ...reply, alternatives });
}

function answerView({ answer, basis, confidence, alternatives }) {
  const body = storedAnswer(answer.html, 'prose');
  const heading = answer.question || 'Answer';
  return {
    name: 'answered',
    nodes: [title(heading), body, facts(answer, basis, confidence), choices('See also', alternatives)],
    passage: basis.passage,
    spoken: () => `${heading} ${body.innerText}`, // innerText keeps the items of a list apart
  };
}

function noAnswerView({ message, alternatives }) {
  const said = message || NO_ANSWER;
  if (!alternatives.length) {
    const hint = /other words/i.test(said) ? null : element('p', {}, HINT); // the server may say it
    return { name: 'unanswered', nodes: [title(said), hint], spoken: () => `${said} ${hint ? HINT : ''}` };
  }
  const offer = 'Did you mean:';
  const questions = alternatives.map(({ question }) => question).join(' ');
  return {
    name: 'unanswered',
    nodes: [title(said.replace(offer, '')), choices(offer, alternatives)],
    spoken: () => `${said.replace(offer, '')} ${offer} ${questions}`,
  };
}

function failureView(error, question) {
  const reason = explain(error);
  const retry = element('button', { type: 'button', className: 'retry' }, 'Try again');
  retry.addEventListener('click', () => ask(question));
  return { name: 'failed', nodes: [title('That did not work'), element('p', {}, reason), retry], spoken: () => reason };
}

function show({ name, nodes, passage = '', spoken }) {
  // Replacing a pressed button would throw its focus to the top; on touch, moving the focus folds the
  // keyboard away from the answer. Otherwise the focus stays in the box, for the next question.
  const touch = document.activeElement === input && matchMedia('(pointer: coarse)').matches;
  const move = touch || outcome.contains(document.activeElement);
  outcome.className = name;
  outcome.replaceChildren(...nodes.filter((node) => node !== null));
  showPassage(outcome.querySelector('.prose'), passage);
  outcome.setAttribute('aria-busy', 'false');
  if (move) outcome.querySelector('h2').focus();
  status.textContent = spoken().replace(/\s+/g, ' ').trim();
}

const title = (text) => element('h2', { tabIndex: -1, dir: 'auto' }, text);

function facts({ question, page, url }, { wording }, confidence) {
  const sure = element('span', { className: 'confidence', dir: 'auto' },
    element('strong', {}, `${percent(confidence)} % sure`), ' that this answers your question');
  const matched = element('span', { className: 'matched' }, 'Matched: “', element('bdi', {}, wording), '”');
  return element('p', { className: 'facts' }, sure,
    page ? element('span', { className: 'page-name', dir: 'auto' }, page) : null, sourceLink(url),
    wording && wording !== question ? matched : null);
}

/** Only certainty itself is shown as 100 %. */
const percent = (confidence) => (confidence === 1 ? 100 : Math.min(99, Math.round(confidence * 100)));

function sourceLink(url) {
  const target = URL.canParse(url ?? '') ? new URL(url) : null;
  if (!/^https?:$/.test(target?.protocol)) return null; // never javascript: or data:
  return element('a', { className: 'source', href: target.href, target: '_blank', rel: 'noopener noreferrer' }, 'Source');
}

function choices(label, alternatives) {
  if (!alternatives.length) return null;
  const rows = alternatives.map(({ question }) => {
    const button = element('button', { type: 'button', dir: 'auto' }, question);
    button.addEventListener('click', () => ask(question));
    return element('li', {}, button);
  });
  return element('div', { className: 'choices' }, element('h3', {}, label), element('ul', {}, ...rows));
}

// --- The address ---

const askedInAddress = () => new URLSearchParams(location.search).get('q')?.trim() ?? '';

function rememberInAddress(question) {
  const address = new URL(location.href);
  address.searchParams.set('q', question);
  const again = askedInAddress() === question; // asking the same again is no new step back
  history[again ? 'replaceState' : 'pushState'](null, '', address);
}

function followAddress() {
  const question = askedInAddress();
  if (question) return ask(question, { remember: false });
  asking?.abort();
  asking = null;
  forgetSuggestions();
  input.value = status.textContent = '';
  outcome.hidden = true;
  document.title = siteTitle;
}

// --- Suggestions while typing ---

let suggesting = null;
let pause = 0;
let active = -1;

function suggestSoon() {
  clearTimeout(pause);
  suggesting?.abort();
  pause = setTimeout(suggest, TYPING_PAUSE_MS);
}

async function suggest() {
  const text = input.value.trim();
  if (text.length < 2) return closeList();
  const control = suggesting = new AbortController();
  const path = `v1/suggest?q=${encodeURIComponent(text)}`;
  // Suggestions are a courtesy: when they fail, there are none.
  const { suggestions = [] } = await call(path, { control }).catch(() => ({}));
  const stale = suggesting !== control || control.signal.aborted || document.activeElement !== input;
  if (!stale) openList(suggestions);
}

function forgetSuggestions() {
  clearTimeout(pause);
  suggesting?.abort();
  closeList();
}

function openList(suggestions) {
  closeList();
  listbox.replaceChildren(...suggestions.map(option));
  listbox.hidden = !suggestions.length;
  input.setAttribute('aria-expanded', String(!listbox.hidden));
}

function option({ question }, row) {
  const node = element('li', { id: `suggestion-${row}`, role: 'option', ariaSelected: 'false', dir: 'auto' }, question);
  node.addEventListener('click', () => ask(question));
  return node;
}

function closeList() {
  listbox.hidden = true;
  listbox.replaceChildren();
  active = -1;
  input.setAttribute('aria-expanded', 'false');
  input.removeAttribute('aria-activedescendant');
}

/** Moves through the options and, between last and first, back to the visitor's own words. */
function moveActive(step) {
  const options = [...listbox.children];
  active = ((active + 1 + step + options.length + 1) % (options.length + 1)) - 1;
  options.forEach((node, row) => node.setAttribute('aria-selected', String(row === active)));
  options[active]?.scrollIntoView({ block: 'nearest' });
  if (active < 0) input.removeAttribute('aria-activedescendant');
  else input.setAttribute('aria-activedescendant', options[active].id);
}

const keys = {
  ArrowDown: () => (listbox.hidden ? suggest() : moveActive(1)),
  ArrowUp: () => (listbox.hidden ? false : moveActive(-1)),
  Enter: () => (active < 0 ? false : listbox.children[active].click()),
  Escape: () => {
    const open = !listbox.hidden;
    forgetSuggestions(); // also one that is on its way
    return open;
  },
};

function onKey(event) {
  // Enter that ends a composition confirms a word, not the question; 229 is how Safari says so.
  const composing = event.isComposing || event.keyCode === 229;
  if (composing && event.key === 'Enter') event.preventDefault();
  const handled = !composing && keys[event.key] && keys[event.key]() !== false;
  if (handled) event.preventDefault();
}

// --- The whole FAQ ---

const note = byId('faq-note');
const more = byId('load-more');
const pages = new Map();
let shown = 0;

async function loadEntries() {
  more.disabled = true;
  say(shown ? '' : 'Loading the questions …');
  try {
    addEntries(await call(`v1/entries?limit=${PAGE_SIZE}&offset=${shown}`));
  } catch (error) {
    say(explain(error));
    more.textContent = 'Try again';
    more.hidden = false;
  }
  more.disabled = false;
}

function addEntries({ entries, total }) {
  const nodes = entries.map(addEntry);
  shown += entries.length;
  say(total ? '' : 'There are no questions in this FAQ yet.');
  const partly = shown < total && entries.length > 0;
  byId('faq-count').textContent = partly ? `${shown} of ${total}` : total ? `${total}` : '';
  if (shown > entries.length) nodes[0]?.firstChild.focus(); // goes on where the pressed button was
  more.textContent = 'Load more';
  more.hidden = !partly;
}

function addEntry({ question, answer, html, page, url }) {
  const link = sourceLink(url);
  const body = element('div', { className: 'entry' }, storedAnswer(html, 'prose'),
    link && element('p', { className: 'source' }, link));
  const name = question || `${answer.slice(0, 80)} …`;
  const node = element('details', {}, element('summary', { dir: 'auto' }, name), body);
  groupOf(page ?? '').append(node);
  return node;
}

function groupOf(page) {
  if (!pages.has(page)) {
    const heading = page ? element('h3', { dir: 'auto' }, page) : null;
    pages.set(page, element('section', { className: 'page' }, heading));
    byId('entries').append(pages.get(page));
  }
  return pages.get(page);
}

function say(text) {
  note.textContent = text;
  note.hidden = !text;
}

// --- Beginning ---

function listen() {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    ask(input.value);
  });
  input.addEventListener('input', (event) => event.isComposing || suggestSoon());
  input.addEventListener('compositionend', suggestSoon);
  input.addEventListener('keydown', onKey);
  input.addEventListener('blur', forgetSuggestions);
  listbox.addEventListener('mousedown', (event) => event.preventDefault()); // a press keeps the focus in the box
  more.addEventListener('click', loadEntries);
  addEventListener('popstate', followAddress);
}

function showCurl() {
  const data = JSON.stringify({ question: 'Your question' });
  byId('curl').textContent =
    `curl ${new URL('v1/ask', document.baseURI)} \\\n  -H 'Content-Type: application/json' \\\n  -d '${data}'`;
}

listen();
showCurl();
byId('faq').hidden = false;
if (askedInAddress()) followAddress();
loadEntries();
