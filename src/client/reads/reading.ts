import { stateAt } from '../../activities/history/state-at.js';
import { createLogReader } from '../../adapters/log/log-reader.js';
import { lostIfMissing } from '../../adapters/log/log-continuity.js';
import { domainName } from '../../domain/values/domain-name.js';
import type { Moment } from '../../domain/values/moment.js';
import type { Refusal } from '../../domain/refusal.js';
import { resourceKey } from '../../domain/resources/kinds.js';
import { find, openOn, type StoredResource, type State } from '../../domain/log/state.js';
import { outsideLog } from '../../operations/questions.js';
import { routeMissing } from '../../operations/rules/route.js';
import { Failure } from '../../ports/failure.js';
import type { LogReader } from '../../ports/event-log.js';
import { homeLayout } from '../../stack/home-layout.js';
import { connectionsHere } from '../connect/connections-here.js';
import { momentOf } from '../input/moment.js';
import type { OutputFormat } from '../print/output.js';
import { toStderr } from '../print/visible.js';

/** Where the log is, or a clear way to get one. */
export async function withLog<T>(use: (log: LogReader) => Promise<T>): Promise<T> {
  const connections = connectionsHere();
  const log = await createLogReader({ url: connections.nats.url, seedFile: connections.nats.cliSeedFile });
  try {
    return await use(log);
  } catch (error) {
    throw lostIfMissing(error, homeLayout(connections.home));
  } finally {
    await log.close();
  }
}

/** What a person says of a look at the state. */
export interface Looking {
  readonly output: OutputFormat;
  /** A time or a sequence; not given: now. */
  readonly at?: string;
}

/** The commit up to which a past state stands. */
export interface Place {
  readonly sequence: number;
  readonly at: string;
}

/** A state, and for a past one its place. */
export interface Look {
  readonly state: State;
  readonly asOf: Place | null;
}

/** The state at the log's end, or as it was at a moment; then stderr says at which. */
export function look({ at }: Looking): Promise<Look> {
  return withLog(async (log) => {
    if (at === undefined) return { state: (await log.view()).state, asOf: null };
    const { state, ...asOf } = await pastState(log, momentOf('at', at, new Date()));
    toStderr(`as of commit ${asOf.sequence}, ${asOf.at}`);
    return { state, asOf };
  });
}

/** What was in force at a moment. Throws `missing` outside of the log's time. */
export async function pastState(log: LogReader, moment: Moment): Promise<Place & { readonly state: State }> {
  const past = await stateAt(log, moment);
  switch (past.kind) {
    case 'known':
      return { state: past.state, sequence: past.sequence, at: past.at };
    case 'before-first':
    case 'after-last':
      throw absent(outsideLog(past));
  }
}

/** A refusal as the error of a read. */
export function absent({ kind, message, hint }: Refusal): Failure {
  return new Failure(kind, message, hint === undefined ? {} : { hint });
}

/** Who made a resource and who changed it last, whether an operation is at it, and of which moment that is. */
export function provenance({ state, asOf }: Look, held: StoredResource) {
  const { revision, createdAt, createdBy, updatedAt, updatedBy } = held;
  const place = asOf === null ? {} : { asOf };
  return { state: stateOf(state, held), revision, createdAt, createdBy, updatedAt, updatedBy, ...place };
}

function stateOf(state: State, held: StoredResource): 'applying' | 'live' {
  return openOn(state, new Set([resourceKey(held.kind, held.name)]), '').length > 0 ? 'applying' : 'live';
}

/** One resource as lines of a name and a value. */
export function properties(value: object): string {
  return Object.entries(value)
    .map(([key, inner]) => `${key.padEnd(14)} ${typeof inner === 'string' ? inner : JSON.stringify(inner)}`)
    .join('\n');
}

/** Throws `missing` when there is no such route. */
export async function requireRoute(name: string): Promise<void> {
  const { state } = await withLog((log) => log.view());
  if (!find(state, 'Route', name)) throw absent(routeMissing(state, name));
}

/** As the log spells it: IDNA names are punycode there. Throws `invalid`. */
export function canonicalDomain(text: string, flag = 'domain'): string {
  const parsed = domainName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Failure('invalid', `--${flag} ${JSON.stringify(text)}: ${parsed.error.issues[0]?.message}`);
}
