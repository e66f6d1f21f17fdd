import {
  AdminApi,
  Configuration,
  CoreApi,
  EventsApi,
  FetchError,
  FlowsApi,
  OutpostsApi,
  PoliciesApi,
  ProvidersApi,
  RbacApi,
  ResponseError,
  StagesApi,
} from './generated-client.js';
import type { AuthentikApi } from './calls.js';
import { createTokenSource, type TokenSource } from '../credentials/token-source.js';
import { setTimeout as pause } from 'node:timers/promises';
import { Failure, networkErrorReason } from '../../../ports/failure.js';

const TIMEOUT_MS = 15_000;

/** authentik's base URL and the file with the API token. The file is read at each call, so a new token needs no restart. */
export interface AuthentikAddress {
  readonly url: string;
  readonly tokenFile: string;
  /** The source of the token in that file; absent: one of its own. */
  readonly tokens?: TokenSource;
}

/** Method and path of the call that each answer belongs to. */
const calls = new WeakMap<Response, string>();

const HANG_UPS = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'];

function isHangUp(cause: unknown): boolean {
  return HANG_UPS.includes(networkErrorReason(cause));
}

/** Options of {@link createApiClient}. */
export interface ClientOptions {
  /** Time limit of a call (15 s by default). */
  readonly timeoutMs?: number;
  /** Pauses (ms) before a call that authentik could not answer (5xx, 429) is made again; by default 0.5 and 1.5 s. */
  readonly pausesMs?: readonly number[];
  /** Called after each call with its duration. */
  readonly onCall?: (durationMs: number) => void;
}

const PAUSES_MS = [500, 1_500];

/**
 * Creates a client of one authentik. A GET is retried once when the connection breaks. A call that authentik answers with
 * 5xx or 429 is made again after each of `pausesMs`, except a POST after 5xx, which may have created something. A call that is
 * refused is made once more when the file holds another token by then. Any other answer is final.
 */
export function createApiClient(
  { url, tokenFile, tokens = createTokenSource(tokenFile) }: AuthentikAddress,
  { timeoutMs = TIMEOUT_MS, pausesMs = PAUSES_MS, onCall }: ClientOptions = {},
): AuthentikApi {
  const configuration = new Configuration({
    basePath: `${url}/api/v3`,
    async fetchApi(input: string, init: RequestInit) {
      const call = `${init.method ?? 'GET'} ${new URL(input).pathname}`;
      const ask = async () => {
        const began = performance.now();
        const use = tokens.begin();
        let isAccepted = false;
        try {
          const headers = {
            ...(init.headers as Readonly<Record<string, string>>),
            authorization: `Bearer ${use.token}`,
          };
          const options = { ...init, headers, signal: AbortSignal.timeout(timeoutMs), redirect: 'error' as const };
          const answer = await fetch(input, options);
          isAccepted = answer.ok;
          return { answer, token: use.token };
        } finally {
          use.end(isAccepted);
          onCall?.(performance.now() - began);
        }
      };
      const askOnce = async () => {
        const { answer, token } = await ask();
        // The file got a new token while this call carried the old one. A refused call has changed nothing.
        if (![401, 403].includes(answer.status) || tokens.current() === token) return answer;
        await answer.body?.cancel();
        return (await ask()).answer;
      };
      try {
        let answer = await askOnce().catch((cause: unknown) => {
          // authentik closes idle connections, possibly at the moment of a request.
          if (call.startsWith('GET') && isHangUp(cause)) return askOnce();
          throw cause;
        });
        for (const pauseMs of pausesMs) {
          if (!mayBeRepeated(call, answer.status)) break;
          await answer.body?.cancel();
          await pause(pauseMs);
          answer = await askOnce();
        }
        calls.set(answer, call);
        return answer;
      } catch (cause) {
        throw cause instanceof Failure ? cause : notAnswering(url, cause, call);
      }
    },
  });
  return {
    admin: new AdminApi(configuration),
    core: new CoreApi(configuration),
    events: new EventsApi(configuration),
    flows: new FlowsApi(configuration),
    outposts: new OutpostsApi(configuration),
    policies: new PoliciesApi(configuration),
    providers: new ProvidersApi(configuration),
    rbac: new RbacApi(configuration),
    stages: new StagesApi(configuration),
  };
}

function mayBeRepeated(call: string, status: number): boolean {
  return status === 429 || (status >= 500 && !call.startsWith('POST'));
}

/** Returns true for a failure of one call to an authentik that answers, so that other calls may succeed. */
export function isOfOneCall(error: unknown): error is Failure {
  return error instanceof Failure && (error.kind !== 'unavailable' || error.details.hasWaited === true);
}

/** Returns the answer of a call, or null when authentik answers 404. Throws as {@link orFailure} does. `what`: the action as an infinitive. */
export async function orNullIfMissing<T>(what: string, call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ResponseError && error.response.status === 404) return null;
    throw await apiFailure(what, error);
  }
}

/**
 * Returns the answer of a call. Throws `denied` (401, 403), `unavailable` (no answer, 429, 5xx) or `invalid` (other 4xx)
 * with authentik's explanation. `what`: the action as an infinitive, for example `create group staff`.
 */
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
        ? 'Set HECATE_AUTHENTIK_TOKEN_FILE to a file with a valid API token.'
        : `Give the token's user the right to ${what}. This lists the missing rights: hecate read test auth`;
      return new Failure('denied', `authentik refused to ${what}: ${words} ${said}`, { system, hint });
    }
    if (status >= 500 || status === 429) {
      const hint = 'Check authentik: hecate read test auth';
      // The client has repeated the call already.
      return new Failure('unavailable', `authentik could not ${what} ${said}`, { system, hint, hasWaited: true });
    }
    return new Failure('invalid', `authentik refused to ${what}: ${words} ${said}`, { system });
  }
  const cause = error instanceof FetchError ? error.cause : error;
  if (cause instanceof Failure && cause.kind !== 'unavailable') return cause;
  if (cause instanceof Failure) return new Failure(cause.kind, `${cause.message} when asked to ${what}`, cause.details);
  return new Failure('unavailable', `authentik could not ${what} (${networkErrorReason(cause)})`, {
    system,
    hint: 'Check authentik: hecate read test auth',
  });
}

/** The failure (`unavailable`) of an authentik that does not answer. `call`: method and path. */
export function notAnswering(url: string, cause: unknown, call?: string): Failure {
  const why = [networkErrorReason(cause), call].filter(Boolean).join('; ');
  return new Failure('unavailable', `authentik at ${url} does not answer (${why})`, {
    system: 'authentik',
    hint: 'Start authentik (embedded stack: hecate up), or set HECATE_AUTHENTIK_URL to its address.',
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

/** Address of authentik, and the settings of what Hecate creates there. */
export interface AuthentikOptions {
  /** Base URL for the worker, without a trailing slash. */
  readonly url: string;
  readonly tokenFile: string;
  /** As in {@link AuthentikAddress}. */
  readonly tokens?: TokenSource;
  /** Letters and digits; part of the name of each created object. */
  readonly environment: string;
  /** HTTPS port of the proxy, as browsers see it. */
  readonly publicHttpsPort: number;
  /** JSON pointers of fields that Hecate does not repair; see `isIgnorable`. */
  readonly ignored?: readonly string[];
}
