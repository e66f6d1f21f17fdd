import { setTimeout as pause } from 'node:timers/promises';
import { fileProblem, readSecretFile } from '../../files/secret-file.js';
import { Failure } from '../../../ports/failure.js';

/** A call that carries a token. */
export interface TokenUse {
  readonly token: string;
  /** Ends the call. `accepted`: authentik did the call, so that it knows the token. */
  end(accepted: boolean): void;
}

/**
 * The API token in its file, and the calls of this process that carry it. The file is read at each call, so that a token that
 * any process writes there is used from the next call on.
 */
export interface TokenSource {
  readonly file: string;
  /** Returns the token in the file. Throws `denied` when it cannot be read. */
  current(): string;
  /** Begins a call with the token in the file. Throws as `current` does. */
  begin(): TokenUse;
  /** Time of the first call with this token that authentik accepted, ISO 8601 UTC; null: there was none. */
  acceptedSince(token: string): string | null;
  /** Waits until no call carries this token, at most so long. Returns true when none does. */
  isUnused(token: string, withinMs: number): Promise<boolean>;
}

/** Tokens of which a source remembers the first use. */
const REMEMBERED = 8;
const LOOK_EVERY_MS = 20;

/** Creates the source of the token in a file. A process needs one for each file. */
export function createTokenSource(file: string): TokenSource {
  const inFlight = new Map<string, number>();
  const accepted = new Map<string, string>();
  const count = (token: string, by: number) => {
    const calls = (inFlight.get(token) ?? 0) + by;
    if (calls === 0) inFlight.delete(token);
    else inFlight.set(token, calls);
  };
  const current = () => tokenIn(file);
  return {
    file,
    current,
    begin() {
      const token = current();
      count(token, 1);
      return {
        token,
        end(isAccepted) {
          count(token, -1);
          if (!isAccepted || accepted.has(token)) return;
          accepted.set(token, new Date().toISOString());
          const [oldest] = accepted.keys();
          if (accepted.size > REMEMBERED && oldest !== undefined) accepted.delete(oldest);
        },
      };
    },
    acceptedSince: (token) => accepted.get(token) ?? null,
    async isUnused(token, withinMs) {
      for (const deadline = performance.now() + withinMs; inFlight.has(token);) {
        if (performance.now() > deadline) return false;
        await pause(LOOK_EVERY_MS);
      }
      return true;
    },
  };
}

function tokenIn(file: string): string {
  try {
    const token = readSecretFile(file);
    if (token !== '') return token;
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw noToken(isMissing ? 'does not exist' : `${file} cannot be read: ${fileProblem(cause)}`, cause);
  }
  throw noToken(`${file} is empty`);
}

function noToken(why: string, cause?: unknown): Failure {
  return new Failure('denied', `the file with authentik's API token ${why}`, {
    system: 'authentik',
    hint: 'Set HECATE_AUTHENTIK_TOKEN_FILE to a file with a valid API token.',
    cause,
  });
}
