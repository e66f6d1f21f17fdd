import { createLogReader } from '../adapters/log/log-reader.js';
import type { Commit, LogEntry, Outcome } from '../domain/commit.js';
import { domainName } from '../domain/domain-name.js';
import type { Refusal } from '../domain/refusal.js';
import { resourceKey } from '../domain/resource.js';
import { all, find, openOn, type Held, type State } from '../domain/state.js';
import { Failure } from '../ports/failure.js';
import type { LogReader } from '../ports/event-log.js';
import { missingPolicy } from '../operations/route-access.js';
import { routeMissing } from '../operations/route-change.js';
import { loadConnections } from '../stack/load-connections.js';
import { difference, headline } from './difference.js';
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
          ['DOMAIN', 'UPSTREAM', 'SIGN-IN', 'HEALTH CHECK', 'STATE', 'UPDATED', 'BY'],
          routes.map((r) => [
            r.domain,
            r.upstream,
            signInText(r),
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
  if (!held) throw absent(routeMissing(state, name));
  const route = shown(state, held);
  await print(format, route, () => properties(route));
}

/** Prints all auth policies. */
export async function listAuthPolicies(format: OutputFormat): Promise<void> {
  const state = await withLog(async (log) => (await log.view()).state);
  const policies = all(state, 'AuthPolicy').map((held) => shownPolicy(state, held));
  await print(format, policies, () =>
    policies.length === 0
      ? 'no auth policies'
      : table(
          ['NAME', 'GROUPS', 'METADATA', 'MFA', 'ROUTES', 'UPDATED', 'BY'],
          policies.map((policy) => [
            policy.name,
            policy.groups.join(', ') || '–',
            Object.entries(policy.metadata)
              .map(([name, value]) => `${name}=${value}`)
              .join(', ') || '–',
            policy.requiresMfa ? 'yes' : 'no',
            String(policy.routes.length),
            policy.updatedAt,
            policy.updatedBy,
          ]),
        ),
  );
}

/** Prints one auth policy; throws `missing`. */
export async function readAuthPolicy(name: string, format: OutputFormat): Promise<void> {
  const state = await withLog(async (log) => (await log.view()).state);
  const held = find(state, 'AuthPolicy', name);
  if (!held) throw absent(missingPolicy(state, name));
  const policy = shownPolicy(state, held);
  await print(format, policy, () => properties(policy));
}

function absent({ kind, message, hint }: Refusal): Failure {
  return new Failure(kind, message, hint === undefined ? {} : { hint });
}

function shownPolicy(state: State, held: Held<'AuthPolicy'>) {
  const { revision, createdAt, createdBy, updatedAt, updatedBy } = held;
  const routes = all(state, 'Route').filter((route) => route.value.authPolicy === held.name);
  const used = { routes: routes.map((route) => route.name), state: stateOf(state, held) };
  return { ...held.value, ...used, revision, createdAt, createdBy, updatedAt, updatedBy };
}

function signInText(route: ReturnType<typeof shown>): string {
  if (route.authPolicy === null && !route.requiresMfa) return '–';
  const asked = [...(route.authPolicy === null ? [] : [route.authPolicy]), ...(route.requiresMfa ? ['MFA'] : [])].join(
    ' + ',
  );
  return route.bypass === null || Date.parse(route.bypass.until) <= Date.now()
    ? asked
    : `BYPASSED until ${route.bypass.until}`;
}

function properties(value: object): string {
  return Object.entries(value)
    .map(([key, inner]) => `${key.padEnd(14)} ${typeof inner === 'string' ? inner : JSON.stringify(inner)}`)
    .join('\n');
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
              ...whyOf(row.reason, row.changes),
              ...row.changes.flatMap((change) => [
                `      ${headline(change)}`,
                ...difference(change).map((line) => `        ${line}`),
              ]),
            ].join('\n'),
          )
          .join('\n'),
  );
}

/** Nobody has to say why, but where sign-in was bypassed it is shown that nobody did. */
function whyOf(reason: string | null, changes: Commit['changes']): string[] {
  if (reason !== null) return [`      why: ${reason}`];
  return changes.some(({ kind, after }) => kind === 'Bypass' && after) ? ['      why: no reason given'] : [];
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
  const { revision, createdAt, createdBy, updatedAt, updatedBy } = held;
  const bypass = find(state, 'Bypass', held.name)?.value ?? null;
  const overlay = bypass && { since: bypass.since, until: bypass.until, reason: bypass.reason };
  return {
    ...held.value,
    bypass: overlay,
    state: stateOf(state, held),
    revision,
    createdAt,
    createdBy,
    updatedAt,
    updatedBy,
  };
}

function stateOf(state: State, held: Held): 'applying' | 'live' {
  return openOn(state, new Set([resourceKey(held.kind, held.name)]), '').length > 0 ? 'applying' : 'live';
}

/** As the log spells it: IDNA names are punycode there. Throws `invalid`. */
function canonicalDomain(text: string): string {
  const parsed = domainName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Failure('invalid', `--domain ${JSON.stringify(text)}: ${parsed.error.issues[0]?.message}`);
}
