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
import { Failure, networkErrorReason } from '../../ports/failure.js';

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

/** What each answer answers: method and path. */
const calls = new WeakMap<Response, string>();

const HANG_UPS = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'];

function isHangUp(cause: unknown): boolean {
  return HANG_UPS.includes(networkErrorReason(cause));
}

/** The API of one authentik. Calls end after 15 s, unless somebody waits less long. */
export function createApiClient({ url, tokenFile }: AuthentikAddress, timeoutMs = TIMEOUT_MS): AuthentikApi {
  const configuration = new Configuration({
    basePath: `${url}/api/v3`,
    accessToken: async () => (await readFile(tokenFile, 'utf8')).trim(),
    async fetchApi(input: string, init: RequestInit) {
      const call = `${init.method ?? 'GET'} ${new URL(input).pathname}`;
      try {
        const signal = AbortSignal.timeout(timeoutMs);
        const ask = () => fetch(input, { ...init, signal, redirect: 'error' });
        const answer = await ask().catch((cause: unknown) => {
          // The other side closes connections that were not used for a while, also in the moment in which one is used.
          if (call.startsWith('GET') && isHangUp(cause)) return ask();
          throw cause;
        });
        calls.set(answer, call);
        return answer;
      } catch (cause) {
        throw notAnswering(url, cause, call);
      }
    },
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
export async function orNullIfMissing<T>(what: string, call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ResponseError && error.response.status === 404) return null;
    throw await apiFailure(what, error);
  }
}

/** Like {@link orNullIfMissing} for a call that must find what it is about. */
export async function orFailure<T>(what: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw await apiFailure(what, error);
  }
}

async function apiFailure(what: string, error: unknown): Promise<Failure> {
  const system = 'authentik';
  if (error instanceof Failure) return error;
  if (error instanceof ResponseError) {
    const { status } = error.response;
    const said = `(${calls.get(error.response) ?? 'it'} answered ${status})`;
    const words = explanationOf(await error.response.text().catch(() => ''));
    if (status === 401 || status === 403) {
      const hint = /invalid|expired|credentials/i.test(words)
        ? 'Give the worker a valid API token: HECATE_AUTHENTIK_TOKEN_FILE.'
        : `Give the token's user the right to ${what}; hecate read test auth says which are missing.`;
      return new Failure('denied', `authentik refused to ${what}: ${words} ${said}`, { system, hint });
    }
    if (status >= 500 || status === 429) {
      return new Failure('unavailable', `authentik could not ${what} ${said}`, { system });
    }
    return new Failure('invalid', `authentik refused to ${what}: ${words} ${said}`, { system });
  }
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
    return new Failure('denied', 'the file with the token of authentik is missing', {
      system,
      hint: 'Set HECATE_AUTHENTIK_TOKEN_FILE to a file that holds an API token.',
    });
  }
  const cause = error instanceof FetchError ? error.cause : error;
  if (cause instanceof Failure) return new Failure(cause.kind, `${cause.message} when asked to ${what}`, cause.details);
  return new Failure('unavailable', `authentik could not ${what} (${networkErrorReason(cause)})`, { system });
}

/** What is said of an authentik that does not answer at all; `call`: method and path. */
export function notAnswering(url: string, cause: unknown, call?: string): Failure {
  const why = [networkErrorReason(cause), call].filter(Boolean).join('; ');
  return new Failure('unavailable', `authentik at ${url} does not answer (${why})`, {
    system: 'authentik',
    hint: 'Start authentik, or correct HECATE_AUTHENTIK_URL.',
    cause,
  });
}

/** authentik's explanation in one line of at most 300 characters. */
function explanationOf(body: string): string {
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

/** Where authentik is, and what is ours there. */
export interface AuthentikOptions {
  /** Base URL as the worker reaches it, without a slash at its end. */
  readonly url: string;
  readonly tokenFile: string;
  /** Letters and digits; part of the name of everything that is made. */
  readonly environment: string;
  /** Port of HTTPS by which browsers reach the proxy. */
  readonly httpsPort: number;
  /** Places that are left to others, by JSON pointer; see `isIgnorable`. */
  readonly ignored?: readonly string[];
}
