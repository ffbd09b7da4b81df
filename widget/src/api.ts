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
  async ask(question: string): Promise<Reply> {
    const { page, tags } = this.#scope;
    const body = { question, ...(page && { page }), ...(tags.length && { tags }) };
    const reply = await this.#call('v1/ask', { body }) as Reply | null;
    if (typeof reply?.answered !== 'boolean' || !Array.isArray(reply.alternatives)) throw new ApiError('failed');
    return reply;
  }

  /** Stored questions that fit what has been typed so far, at most `count`. */
  async suggest(typed: string, count: number, signal: AbortSignal): Promise<readonly Offer[]> {
    const query = this.#query({ q: typed, k: String(count) });
    const found = await this.#call(`v1/suggest?${query}`, { signal }) as { suggestions?: Offer[] } | null;
    return found?.suggestions ?? [];
  }

  /** The first questions of the FAQ. */
  async first(count: number): Promise<readonly Offer[]> {
    const found = await this.#call(`v1/entries?${this.#query({ limit: String(count) })}`) as { entries?: Entry[] } | null;
    return (found?.entries ?? []).filter(({ question }) => question);
  }

  /** One entry by its id. */
  async entry(id: string): Promise<Entry> {
    return await this.#call(`v1/entries/${encodeURIComponent(id)}`) as Entry;
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

  async #call(path: string, { body, signal }: { body?: object; signal?: AbortSignal } = {}): Promise<unknown> {
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(new ApiError('slow')), PATIENCE_MS);
    signal?.addEventListener('abort', () => control.abort(signal.reason));
    try {
      const response = await fetch(new URL(path, this.#base), request(body, control.signal));
      // 409: it was said before, and is known.
      if (!response.ok && response.status !== 409) throw new ApiError(isBusy(response) ? 'busy' : 'failed');
      return response.status === 204 ? null : await response.json();
    } catch (error) {
      throw control.signal.aborted ? control.signal.reason : troubleOf(error);
    } finally {
      clearTimeout(timer);
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
