import {
  AdminApi,
  Configuration,
  CoreApi,
  FetchError,
  FlowsApi,
  OutpostsApi,
  PoliciesApi,
  ProvidersApi,
  ResponseError,
  StagesApi,
} from './generated-client.js';
import { readFile } from 'node:fs/promises';
import { Failure } from '../../ports/failure.js';
import { whySilent } from '../../ports/why-silent.js';

const TIMEOUT_MS = 15_000;

/** authentik's generated client, by API area. */
export interface AuthentikApi {
  readonly admin: AdminApi;
  readonly core: CoreApi;
  readonly flows: FlowsApi;
  readonly outposts: OutpostsApi;
  readonly policies: PoliciesApi;
  readonly providers: ProvidersApi;
  readonly stages: StagesApi;
}

/** Where authentik is and which file holds the token; the file is read at every call, so that a rotation needs no restart. */
export interface AuthentikAddress {
  readonly url: string;
  readonly tokenFile: string;
}

/** The API of one authentik. Calls end after 15 s, unless somebody waits less long. */
export function createApi({ url, tokenFile }: AuthentikAddress, timeoutMs = TIMEOUT_MS): AuthentikApi {
  const configuration = new Configuration({
    basePath: `${url}/api/v3`,
    accessToken: async () => (await readFile(tokenFile, 'utf8')).trim(),
    fetchApi: (input: string, init: RequestInit) =>
      fetch(input, { ...init, signal: AbortSignal.timeout(timeoutMs), redirect: 'error' }).catch((cause: unknown) => {
        throw silent(url, cause);
      }),
  });
  return {
    admin: new AdminApi(configuration),
    core: new CoreApi(configuration),
    flows: new FlowsApi(configuration),
    outposts: new OutpostsApi(configuration),
    policies: new PoliciesApi(configuration),
    providers: new ProvidersApi(configuration),
    stages: new StagesApi(configuration),
  };
}

/** The answer of a call, or null when authentik says that the thing is not there. Throws `Failure` in authentik's words. */
export async function asked<T>(what: string, call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ResponseError && error.response.status === 404) return null;
    throw await failureOf(what, error);
  }
}

/** Like {@link asked} for a call that must find what it is about. */
export async function answered<T>(what: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw await failureOf(what, error);
  }
}

async function failureOf(what: string, error: unknown): Promise<Failure> {
  const system = 'authentik';
  if (error instanceof Failure) return error;
  if (error instanceof ResponseError) {
    const { status } = error.response;
    const words = wordsOf(await error.response.text().catch(() => ''));
    if (status === 401 || status === 403) {
      const hint = /invalid|expired|credentials/i.test(words)
        ? 'Give the worker a valid API token: HECATE_AUTHENTIK_TOKEN_FILE.'
        : `Give the token's user the right to ${what}; hecate read test auth says which are missing.`;
      return new Failure('denied', `authentik refused to ${what}: ${words}`, { system, hint });
    }
    if (status >= 500 || status === 429) {
      return new Failure('unavailable', `authentik could not ${what} (status ${status})`, { system });
    }
    return new Failure('invalid', `authentik refused to ${what}: ${words}`, { system });
  }
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
    return new Failure('denied', 'the file with the token of authentik is missing', {
      system,
      hint: 'Set HECATE_AUTHENTIK_TOKEN_FILE to a file that holds an API token.',
    });
  }
  const cause = error instanceof FetchError ? error.cause : error;
  if (cause instanceof Failure) return new Failure(cause.kind, `${cause.message} when asked to ${what}`, cause.details);
  return new Failure('unavailable', `authentik could not ${what} (${whySilent(cause)})`, { system });
}

/** What is said of an authentik that does not answer at all. */
export function silent(url: string, cause: unknown): Failure {
  return new Failure('unavailable', `authentik at ${url} does not answer (${whySilent(cause)})`, {
    system: 'authentik',
    hint: 'Start authentik, or correct HECATE_AUTHENTIK_URL.',
    cause,
  });
}

/** authentik's explanation in one line of at most 300 characters. */
function wordsOf(body: string): string {
  let words = body;
  try {
    const said = JSON.parse(body) as Record<string, unknown>;
    words = Object.entries(said)
      .map(([field, text]) => {
        const joined = [text].flat().map(String).join(' ');
        return field === 'detail' || field === 'non_field_errors' ? joined : `${field}: ${joined}`;
      })
      .join('; ');
  } catch {
    // Not JSON: the text itself.
  }
  return words.replace(/\s+/g, ' ').trim().slice(0, 300) || 'no reason given';
}

interface Page<T> {
  readonly pagination: { readonly next: number };
  readonly results: readonly T[];
}

/** Every result of a list, page by page. */
export async function everyResult<T>(what: string, list: (page: number) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = [];
  for (let page = 1; page !== 0;) {
    const answer = await answered(what, list(page));
    found.push(...answer.results);
    page = answer.pagination.next;
  }
  return found;
}

/** Results to a page; authentik gives no more than a hundred. */
export const PAGE_SIZE = 100;
