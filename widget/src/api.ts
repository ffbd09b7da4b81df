// Talking to the service. No cookie goes along, and no address of the page that the visitor is on.

export interface Entry {
  readonly id: string;
  readonly question: string;
  readonly answer: string;
  readonly html: string;
  readonly page: string;
  readonly url: string;
  readonly tags: readonly string[];
  /** Where the service knows it, as a tag such as `de`. */
  readonly language?: string;
}

/** An entry by its question alone. */
export interface Offer {
  readonly id: string;
  readonly question: string;
}

export interface Reply {
  readonly id: string;
  readonly answered: boolean;
  readonly confidence: number;
  readonly answer: Entry | null;
  readonly basis?: { readonly passage: string } | null;
  readonly alternatives: readonly Offer[];
}

const areTexts = (...values: unknown[]): boolean => values.every((one) => typeof one === 'string');

/** Whether a value can be shown as an entry. */
export function isEntry(value: unknown): value is Entry {
  const { id, question, html, page, url } = (value ?? {}) as Partial<Entry>;
  return areTexts(id, question, html, page, url);
}

function isOffer(value: unknown): value is Offer {
  const { id, question } = (value ?? {}) as Partial<Offer>;
  return areTexts(id, question);
}

export function isOffers(value: unknown): value is readonly Offer[] {
  return Array.isArray(value) && value.every(isOffer);
}

function isReply(value: unknown): value is Reply {
  const { id, answered, answer, basis, alternatives } = (value ?? {}) as Partial<Reply>;
  return areTexts(id, basis?.passage ?? '') && typeof answered === 'boolean'
    && (!answer || isEntry(answer)) && isOffers(alternatives);
}

/** What a service sent, if it is what it should be. */
function checked<T>(value: unknown, is: (value: unknown) => value is T): T {
  if (!is(value)) throw new ApiError('failed');
  return value;
}

export type Reason = 'not_my_question' | 'did_not_help';

/** Which entries a widget is limited to. */
export interface Scope {
  readonly page: string;
  readonly tags: readonly string[];
}

/** Why there is no reply, as far as a visitor can do something about it. */
export type Trouble = 'offline' | 'unreachable' | 'slow' | 'busy' | 'failed';

export class ApiError extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(trouble);
    this.trouble = trouble;
  }
}

const PATIENCE_MS = 15_000;

export class Api {
  readonly #base: string;
  readonly #scope: Scope;

  constructor(base: string, scope: Scope) {
    this.#base = base;
    this.#scope = scope;
  }

  /** Asks a question. */
  async ask(question: string, signal?: AbortSignal): Promise<Reply> {
    const { page, tags } = this.#scope;
    const body = { question, ...(page && { page }), ...(tags.length && { tags }) };
    return checked(await this.#call('v1/ask', { body, signal }), isReply);
  }

  /** Stored questions that fit what has been typed so far, at most `count`. */
  async suggest(typed: string, count: number, signal: AbortSignal): Promise<readonly Offer[]> {
    const query = this.#query({ q: typed, k: String(count) });
    const found = await this.#call(`v1/suggest?${query}`, { signal }) as { suggestions?: unknown } | null;
    return checked(found?.suggestions, isOffers);
  }

  /** The first questions of the FAQ. */
  async first(count: number): Promise<readonly Offer[]> {
    const found = await this.#call(`v1/entries?${this.#query({ limit: String(count) })}`) as { entries?: unknown } | null;
    return checked(found?.entries, isOffers).filter(({ question }) => question);
  }

  /** One entry by its id. */
  async entry(id: string, signal?: AbortSignal): Promise<Entry> {
    return checked(await this.#call(`v1/entries/${encodeURIComponent(id)}`, { signal }), isEntry);
  }

  /** Says whether the answer to an asking helped. */
  async feedback(id: string, helpful: boolean, reason?: Reason): Promise<void> {
    await this.#call('v1/feedback', { body: { id, helpful, ...(reason && { reason }) } });
  }

  #query(fixed: Record<string, string>): URLSearchParams {
    const query = new URLSearchParams(fixed);
    if (this.#scope.page) query.set('page', this.#scope.page);
    this.#scope.tags.forEach((tag) => query.append('tags', tag));
    return query;
  }

  async #call(path: string, { body, signal }: { body?: object; signal?: AbortSignal | undefined } = {}): Promise<unknown> {
    signal?.throwIfAborted();
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(new ApiError('slow')), PATIENCE_MS);
    const stop = () => control.abort(signal?.reason);
    signal?.addEventListener('abort', stop);
    try {
      const response = await fetch(new URL(path, this.#base), request(body, control.signal));
      // 409: it was said before, and is known.
      if (!response.ok && response.status !== 409) throw new ApiError(isBusy(response) ? 'busy' : 'failed');
      return response.status === 204 ? null : await response.json();
    } catch (error) {
      throw control.signal.aborted ? control.signal.reason : troubleOf(error);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  }
}

const isBusy = ({ status }: Response): boolean => status === 429 || status === 503;

function request(body: object | undefined, signal: AbortSignal): RequestInit {
  const common: RequestInit = { signal, credentials: 'omit', referrerPolicy: 'no-referrer' };
  if (!body) return common;
  return { ...common, method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

function troubleOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof SyntaxError) return new ApiError('failed'); // no JSON: another server's page
  return new ApiError(navigator.onLine ? 'unreachable' : 'offline');
}
