import { createLogReader } from '../../adapters/log/log-reader.js';
import { domainName } from '../../domain/domain-name.js';
import type { Refusal } from '../../domain/refusal.js';
import { resourceKey } from '../../domain/resource.js';
import { openOn, type Held, type State } from '../../domain/state.js';
import { Failure } from '../../ports/failure.js';
import type { LogReader } from '../../ports/event-log.js';
import { loadConnections } from '../../stack/load-connections.js';

/** Where the log is, or a clear way to get one. */
export async function withLog<T>(use: (log: LogReader) => Promise<T>): Promise<T> {
  const connections = loadConnections(process.env);
  if (!connections) {
    throw new Failure('unavailable', 'there is no stack here and no server is named in the environment', {
      hint: 'Start one: hecate up',
    });
  }
  const log = await createLogReader({ url: connections.nats.url, seedFile: connections.nats.cliSeedFile });
  try {
    return await use(log);
  } finally {
    await log.close();
  }
}

/** The state at the log's end. */
export function readState(): Promise<State> {
  return withLog(async (log) => (await log.view()).state);
}

/** A refusal as the error of a read. */
export function absent({ kind, message, hint }: Refusal): Failure {
  return new Failure(kind, message, hint === undefined ? {} : { hint });
}

/** Who made a resource and who changed it last, and whether an operation is at it. */
export function provenance(state: State, held: Held) {
  const { revision, createdAt, createdBy, updatedAt, updatedBy } = held;
  return { state: stateOf(state, held), revision, createdAt, createdBy, updatedAt, updatedBy };
}

function stateOf(state: State, held: Held): 'applying' | 'live' {
  return openOn(state, new Set([resourceKey(held.kind, held.name)]), '').length > 0 ? 'applying' : 'live';
}

/** One resource as lines of a name and a value. */
export function properties(value: object): string {
  return Object.entries(value)
    .map(([key, inner]) => `${key.padEnd(14)} ${typeof inner === 'string' ? inner : JSON.stringify(inner)}`)
    .join('\n');
}

/** As the log spells it: IDNA names are punycode there. Throws `invalid`. */
export function canonicalDomain(text: string): string {
  const parsed = domainName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Failure('invalid', `--domain ${JSON.stringify(text)}: ${parsed.error.issues[0]?.message}`);
}
