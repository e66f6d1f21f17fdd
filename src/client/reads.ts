import { createLogReader } from '../adapters/log/log-reader.js';
import type { Commit, LogEntry, Outcome } from '../domain/commit.js';
import { domainName } from '../domain/domain-name.js';
import { all, find, openOn, type Held, type State } from '../domain/state.js';
import { Failure } from '../ports/failure.js';
import type { LogReader } from '../ports/event-log.js';
import { loadConnections } from '../stack/load-connections.js';
import { difference, headline } from './difference.js';
import { nearest } from '../domain/nearest.js';
import { print, table, type OutputFormat } from './output.js';

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

/** Prints all routes. */
export async function listRoutes(format: OutputFormat): Promise<void> {
  const state = await withLog(async (log) => (await log.view()).state);
  const routes = all(state, 'Route').map((held) => shown(state, held));
  await print(format, routes, () =>
    routes.length === 0
      ? 'no routes'
      : table(
          ['DOMAIN', 'UPSTREAM', 'HEALTH CHECK', 'STATE', 'UPDATED', 'BY'],
          routes.map((r) => [
            r.domain,
            r.upstream,
            r.healthCheck ? `${r.healthCheck.path} every ${r.healthCheck.interval}` : '–',
            r.state,
            r.updatedAt,
            r.updatedBy,
          ]),
        ),
  );
}

/** Prints one route; throws `missing`. */
export async function readRoute(domain: string, format: OutputFormat): Promise<void> {
  const state = await withLog(async (log) => (await log.view()).state);
  const name = canonicalDomain(domain);
  const held = find(state, 'Route', name);
  if (!held) {
    const close = nearest(
      name,
      all(state, 'Route').map((other) => other.name),
    );
    throw new Failure('missing', `there is no route for ${domain}`, {
      hint: close ? `Did you mean ${close}?` : 'List them: hecate list routes',
    });
  }
  const route = shown(state, held);
  await print(format, route, () =>
    Object.entries(route)
      .map(([key, value]) => `${key.padEnd(12)} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join('\n'),
  );
}

/** Prints commits, newest first. */
export async function showHistory(options: { domain?: string; limit?: string }, format: OutputFormat): Promise<void> {
  const limit = options.limit === undefined ? Infinity : Number(options.limit);
  if (!(limit >= 1) || (limit !== Infinity && !Number.isInteger(limit))) {
    throw new Failure('invalid', `--limit ${options.limit}: give a whole number from 1`);
  }
  const domain = options.domain === undefined ? undefined : canonicalDomain(options.domain);
  const rows = (await withLog(readCommits))
    .filter((row) => domain === undefined || row.changes.some((change) => change.name === domain))
    .slice(0, limit);
  await print(format, rows, () =>
    rows.length === 0
      ? 'no commits'
      : rows
          .map((row) =>
            [
              `${row.sequence}  ${row.at}  ${row.operation}  ${row.outcome}  by ${row.actor}  ${row.id}`,
              ...(row.reason ? [`      why: ${row.reason}`] : []),
              ...row.changes.flatMap((change) => [
                `      ${headline(change)}`,
                ...difference(change).map((line) => `        ${line}`),
              ]),
            ].join('\n'),
          )
          .join('\n'),
  );
}

async function readCommits(log: LogReader) {
  await log.view();
  const commits: (LogEntry & { message: Commit })[] = [];
  const outcomes = new Map<string, Outcome>();
  for await (const entry of log.entries()) {
    if (entry.message.type === 'committed') commits.push(entry as LogEntry & { message: Commit });
    else if (entry.message.type === 'ended') outcomes.set(entry.message.id, entry.message);
  }
  return commits.reverse().map(({ position, message }) => {
    const { id, at, actor, reason, operation, workflowId, changes } = message;
    const outcome = message.undoes === undefined ? (outcomes.get(id)?.result ?? 'open') : 'completed';
    return { sequence: position.sequence, id, at, actor, reason, operation, workflowId, outcome, changes };
  });
}

function shown(state: State, held: Held<'Route'>) {
  const applying = openOn(state, new Set([`Route/${held.name}` as const]), '').length > 0;
  const { revision, createdAt, createdBy, updatedAt, updatedBy } = held;
  return { ...held.value, state: applying ? 'applying' : 'live', revision, createdAt, createdBy, updatedAt, updatedBy };
}

/** As the log spells it: IDNA names are punycode there. Throws `invalid`. */
function canonicalDomain(text: string): string {
  const parsed = domainName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Failure('invalid', `--domain ${JSON.stringify(text)}: ${parsed.error.issues[0]?.message}`);
}
