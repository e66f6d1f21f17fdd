import { statSync } from 'node:fs';
import type { NamedFact, NotaryFact } from '../../domain/health/facts.js';
import type { ErrorKind } from '../../domain/refusal.js';
import { readJson } from '../files/private-files.js';
import { notaryFiles } from './notary-record.js';

/** What a notary did last, as it writes it for others. */
export interface NotaryStatus {
  /** Time of the last attempt, ISO 8601 UTC. */
  readonly at: string;
  /** The newest checkpoint; null: there is none yet. */
  readonly checkpoint: { readonly size: number; readonly note: string } | null;
  /** Why it did not sign; null: it did. */
  readonly problem: string | null;
  /** Kind of the problem, and since when it is there. */
  readonly kind: ErrorKind | null;
  readonly since: string | null;
  readonly hint: string | null;
  readonly witnesses: readonly WitnessStatus[];
}

/** What a witness has. */
export interface WitnessStatus {
  /** Its address, without credentials. */
  readonly place: string;
  /** The newest checkpoint that it took, and when; null: none since the notary started. */
  readonly size: number | null;
  readonly note: string | null;
  readonly at: string | null;
  /** Why it does not have the newest one; null: it has. */
  readonly problem: string | null;
  /** What a person should know of a witness that took it; null: nothing. */
  readonly warning: string | null;
}

/** Reads the status of the notary in a folder; null: it has written none. */
export function readNotaryStatus(folder: string): NotaryStatus | null {
  return readJson<NotaryStatus>(notaryFiles(folder).status).value;
}

/** Milliseconds since the notary's last sign of life; infinite: there is none. */
export function notarySilentForMs(folder: string): number {
  const { mtimeMs } = statSync(notaryFiles(folder).status, { throwIfNoEntry: false }) ?? { mtimeMs: -Infinity };
  return Date.now() - mtimeMs;
}

/** Time for which the notary may lack NATS without anybody being told. */
const PASSING_MS = 300_000;

/** A notary that gave no sign of life for longer does not run. */
const SILENT_MS = 60_000;

/** Returns what a person should know of a notary: why it does not sign, and which witnesses lack the newest checkpoint. */
export function notaryProblems(status: NotaryStatus, now = Date.now()): readonly string[] {
  const problem = signingProblem(status, now);
  const missing = withoutNewest(status).map(({ name, detail }) => `the witness ${name} ${detail}`);
  return [...(problem === null ? [] : [problem]), ...missing];
}

/** Returns how the notary is whose status is in a folder; null: none ever ran there. */
export function notaryFact(folder: string, now = Date.now()): NotaryFact | null {
  const status = readNotaryStatus(folder);
  if (status === null) return null;
  const silentMs = notarySilentForMs(folder);
  const silent = `shows no sign of life for ${Math.round(silentMs / 1_000)} s. See: hecate logs notary`;
  const problem = silentMs > SILENT_MS ? silent : signingProblem(status, now);
  return { problem, witnesses: withoutNewest(status) };
}

function signingProblem({ problem, kind, since, hint }: NotaryStatus, now: number): string | null {
  // A NATS that starts or restarts is no matter of the notary.
  const isPassing = kind !== 'lost' && since !== null && now - Date.parse(since) < PASSING_MS;
  if (problem === null || isPassing) return null;
  return [problem, hint].filter((one) => one !== null).join('; ');
}

function withoutNewest({ witnesses }: NotaryStatus): readonly NamedFact[] {
  return witnesses.flatMap(({ place, problem }) =>
    problem === null ? [] : [{ name: place, detail: `did not take the newest checkpoint: ${problem}` }],
  );
}
