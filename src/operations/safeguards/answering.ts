import type { Change } from '../../domain/log/commit.js';
import { find, type State } from '../../domain/log/state.js';
import { usersOf } from '../../domain/log/users.js';
import type { ErrorKind } from '../../domain/refusal.js';
import { hostsOf, plainRoute } from '../../domain/resources/route.js';
import { poolOf } from '../../domain/serving/pool.js';
import { servedRoute, type ServedRoute } from '../../domain/serving/served-route.js';
import {
  checksOf,
  poolChecks,
  selfAnswer,
  badServer,
  type BadServer,
  type Rank,
  type ServerChecks,
  type ServerRole,
  type UpstreamCheck,
} from '../../domain/serving/upstream-check.js';
import type { Answers } from '../questions.js';
import type { Finding, PlannedChange, Safeguard } from './safeguard.js';

/**
 * Finds routes whose visitors get an answer before the change and would get none after it, because a server does not answer
 * as Caddy needs it. For a new route it only warns.
 */
export const answering: Safeguard = {
  name: 'answering',
  questions(change, answered) {
    const cases = casesOf(change);
    const first = cases.flatMap(({ asked }) => asked);
    const failed = cases.filter(({ asked }) => asked.some((server) => badServer(server, answered.upstream) !== null));
    // Only what a failure is compared with: the servers before, and the others of the same pool.
    const second = failed.flatMap(({ after, before }) => [...after, ...before]);
    return checksIn([...first, ...second]).map((check) => ({ kind: 'upstream', check }));
  },
  findings(change, answers) {
    return grouped(casesOf(change).flatMap((one) => lossesOf(one, answers)));
  },
};

/** The servers of one route in one role, before and after a change. */
interface Case {
  /** A host of the route; null: no route uses the upstream yet. */
  readonly host: string | null;
  readonly role: ServerRole;
  readonly after: readonly ServerChecks[];
  /** The servers that its visitors got before; empty: nobody served them. */
  readonly before: readonly ServerChecks[];
  /** The servers to ask first: those that visitors get only now, or all when one is gone. */
  readonly asked: readonly ServerChecks[];
  /** The least that a server must give even when the servers before gave less. */
  readonly least: Rank;
}

/** Most new routes whose servers are asked, since a missing answer there is only a warning. */
const MOST_NEW = 200;

const known = new WeakMap<PlannedChange, readonly Case[]>();

function casesOf(change: PlannedChange): readonly Case[] {
  const cases = known.get(change) ?? [
    ...affectedRoutes(change).flatMap((name) => casesOfRoute(change, name)),
    ...unused(change),
  ];
  const fewer = withFewNew(cases);
  known.set(change, fewer);
  return fewer;
}

/** Leaves out new routes to servers that another new route names, and all beyond the first 200. */
function withFewNew(cases: readonly Case[]): readonly Case[] {
  const isNew = ({ before, least }: Case) => before.length === 0 && least === 0;
  const first = new Map(cases.filter(isNew).map((one) => [one.asked.map(({ dial }) => dial).join(), one]));
  const kept = new Set([...first.values()].slice(0, MOST_NEW));
  return cases.filter((one) => !isNew(one) || kept.has(one));
}

/** Returns the cases of upstreams that no route uses: their servers are asked by their own names. */
function unused({ after, changes }: PlannedChange): Case[] {
  return changes.flatMap((change) => {
    if (change.kind !== 'Upstream' || change.after === null) return [];
    const pool = poolOf(after, change.name);
    if (pool === null || usersOf(after, 'Upstream', change.name).length > 0) return [];
    const servers = poolChecks(plainRoute(hostOf(pool.servers[0]?.dial ?? ''), change.name), 'upstream', pool);
    return [{ host: null, role: 'upstream', after: servers, before: [], asked: servers, least: 0 }];
  });
}

function hostOf(dial: string): string {
  return dial.startsWith('unix/') ? 'localhost' : dial.replace(/:\d+$/, '');
}

/** Returns the names of routes whose servers may differ after the change. */
function affectedRoutes({ after, changes }: PlannedChange): string[] {
  const names = changes.flatMap((change) =>
    change.kind === 'Upstream' ? [...usersOf(after, 'Upstream', change.name)] : isOfRoute(change) ? [change.name] : [],
  );
  return [...new Set(names)];
}

function isOfRoute({ kind }: Change): boolean {
  return kind === 'Route' || kind === 'Canary' || kind === 'Failover';
}

function casesOfRoute(change: PlannedChange, name: string): Case[] {
  const served = servedRoute(change.after, name);
  if (served === null) return [];
  const old = servedRoute(change.before, name) ?? movedFrom(change, served);
  const [now, then] = [checksOf(served), old === null ? [] : checksOf(old)];
  const of = (role: ServerRole, checks: readonly ServerChecks[]) => checks.filter((one) => one.role === role);
  return (['upstream', 'canary', 'backup'] as const).flatMap((role) => {
    const after = of(role, now);
    if (after.length === 0) return [];
    const same = of(role, then);
    // A canary takes visitors from the route's own upstream, and gives them back when it ends.
    const before = role === 'backup' ? same : [...of('upstream', then), ...of('canary', then)];
    const isMore = role !== 'backup' && getsMore(change, name, role);
    const asked = isMore || isSmaller(same, after) ? after : after.filter((server) => isFresh(server, same));
    if (asked.length === 0) return [];
    return [{ host: hostsOf(served.route)[0], role, after, before, asked, least: leastOf(change, old, role) }];
  });
}

/** A canary, a failover and the end of a redirect or of maintenance send visitors to a server that must answer, whatever there was before. */
function leastOf({ changes }: PlannedChange, old: ServedRoute | null, role: ServerRole): Rank {
  if (role === 'backup' || old === null) return 0;
  const before = selfAnswer(old.route);
  if (before === 'redirect') return 2;
  const isSwitch = changes.some(({ kind, name }) => kind === 'Failover' && name === old.route.domain);
  return role === 'canary' || isSwitch || before === 'refusal' ? 1 : 0;
}

/** Returns the route that a new one replaces when both differ only in their name. */
function movedFrom({ before, changes }: PlannedChange, { route }: ServedRoute): ServedRoute | null {
  const gone = changes.filter((change) => change.kind === 'Route' && change.after === null);
  const twin = gone.find((change) => {
    const old = change.before;
    return old !== null && JSON.stringify({ ...old, domain: route.domain }) === JSON.stringify(route);
  });
  return twin === undefined ? null : servedRoute(before, twin.name);
}

/** True when a canary's change sends more visitors to one side. */
function getsMore({ before, after }: PlannedChange, name: string, role: 'upstream' | 'canary'): boolean {
  const share = (state: State) => find(state, 'Canary', name)?.value.percentage ?? 0;
  return role === 'canary' ? share(after) > share(before) : share(after) < share(before);
}

function isSmaller(before: readonly ServerChecks[], after: readonly ServerChecks[]): boolean {
  const left = new Set(after.map(({ dial }) => dial));
  return before.some(({ dial }) => !left.has(dial));
}

function isFresh({ checks }: ServerChecks, before: readonly ServerChecks[]): boolean {
  const old = new Set(before.flatMap((server) => server.checks.map(keyOf)));
  return checks.some((check) => !old.has(keyOf(check)));
}

function keyOf(check: UpstreamCheck): string {
  return JSON.stringify(check);
}

function checksIn(servers: readonly ServerChecks[]): UpstreamCheck[] {
  return [...new Map(servers.flatMap(({ checks }) => checks).map((check) => [keyOf(check), check])).values()];
}

/** A server that would not answer the visitors of a host. */
interface Loss extends Pick<Case, 'host' | 'role'> {
  readonly dial: string;
  readonly bad: BadServer;
  readonly refuses: boolean;
}

function lossesOf({ host, role, after, before, asked, least }: Case, answers: Answers): Loss[] {
  const ranks = before.map((server) => badServer(server, answers.upstream)?.rank ?? 2);
  const needed = Math.max(least, ...ranks);
  const isAnsweredStill = after.some((server) => badServer(server, answers.upstream) === null);
  return asked.flatMap(({ dial, ...server }) => {
    const bad = badServer({ dial, ...server }, answers.upstream);
    if (bad === null) return [];
    // A server that failed in the pool before takes nothing away while another one answers.
    const wasBad = before.some((one) => one.dial === dial && badServer(one, answers.upstream) !== null);
    return [{ host, role, dial, bad, refuses: bad.rank < needed && !(wasBad && isAnsweredStill) }];
  });
}

/** Most hosts that one sentence names. */
const MOST_HOSTS = 3;

/** Returns one finding for each server and reason, with the hosts that it concerns. */
function grouped(losses: readonly Loss[]): Finding[] {
  const groups = new Map<string, Loss[]>();
  for (const loss of losses) {
    const key = JSON.stringify([loss.dial, loss.bad.text, loss.refuses, loss.role === 'backup']);
    groups.set(key, [...(groups.get(key) ?? []), loss]);
  }
  return [...groups.values()].flatMap((group) => (group[0] === undefined ? [] : [findingOf(group[0], group)]));
}

function findingOf({ dial, bad, refuses }: Loss, group: readonly Loss[]): Finding {
  const message = `${dial} ${bad.text}${consequence(group)}`;
  return { refuses, kind: kindOf(bad), code: 'upstream-unanswering', message, remedy: remedyOf(dial, bad) };
}

function consequence(group: readonly Loss[]): string {
  const hosts = [...new Set(group.flatMap(({ host }) => host ?? []))];
  if (hosts.length === 0) return '';
  const more = hosts.length - MOST_HOSTS;
  const named = [...hosts.slice(0, MOST_HOSTS), ...(more > 0 ? [`${more} more`] : [])].join(', ');
  const isBackup = group.every(({ role }) => role === 'backup');
  return isBackup ? `; a failover of ${named} would give errors` : `; visitors of ${named} would get errors`;
}

/** What is down may come back; anything else needs another request. */
function kindOf({ cause, status }: BadServer): ErrorKind {
  const isDown = ['refused', 'timeout', 'name', 'network'].includes(cause) || (status !== null && status >= 500);
  return isDown ? 'unavailable' : 'invalid';
}

function remedyOf(dial: string, { cause }: BadServer): string {
  switch (cause) {
    case 'refused':
    case 'timeout':
    case 'network':
    case 'remote':
      return `start ${dial}`;
    case 'name':
      return 'correct the name';
    case 'tls':
      return 'give the server a certificate that the system trusts, add its authority to the system, or use http:// if it speaks plain HTTP';
    case 'tls-expected':
      return `use https://${dial}`;
    case 'protocol':
      return 'give the address of an HTTP server';
    case 'malformed':
      return `correct the headers that the app at ${dial} sends`;
    case 'broken':
      return 'look at the log of the server, which breaks off its answer';
    case 'status':
      return 'correct the server or the settings of its health check';
  }
}
