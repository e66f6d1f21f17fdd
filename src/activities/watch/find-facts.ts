// What a worker knows of the health of its environment: facts of each kind, looked at as often as they cost. May import the domain,
// ports and other activities.

import type { SinkState } from '../../domain/alerts/delivery.js';
import { all, type State } from '../../domain/log/state.js';
import type { DiskFact, Facts, NamedFact, NotaryFact } from '../../domain/health/facts.js';
import type { Dependencies } from '../dependencies.js';
import {
  certificateFacts,
  componentFacts,
  identityDriftFacts,
  lastingDrift,
  proxyDriftFacts,
  serverFacts,
} from './facts-of-systems.js';
import { bypassFacts, failedOperations, heldFacts, openOperations, rotationFacts } from './facts-of-log.js';
import { createServerNotice } from '../notice/notice-servers.js';
import { freshFact, soon } from './fresh-fact.js';
import { trafficFacts } from './traffic-facts.js';

/** What {@link createFactFinder} needs. */
export interface Watching extends Pick<
  Dependencies,
  'log' | 'proxies' | 'running' | 'identity' | 'secrets' | 'converger' | 'figures' | 'now' | 'observations'
> {
  /** Returns the warnings about backups. */
  readonly backupWarnings: () => Promise<readonly string[]>;
  /** Returns the space on the file systems that Hecate needs. */
  readonly disks: () => Promise<readonly DiskFact[]>;
  /** Returns how the notary of this home is; null: none ever ran here. */
  readonly notary: () => NotaryFact | null;
  /** Returns the state of the delivery to each of these sinks. One that was never told anything is left out. */
  readonly sinkStates: (sinks: readonly string[]) => Promise<ReadonlyMap<string, SinkState>>;
  /** Milliseconds of a clock that only goes forward. */
  readonly clock: () => number;
}

/**
 * Returns the facts as they are now. Never throws; what cannot be found is unknown. `anew`: looks again at components and drift,
 * for a person who asks.
 */
export type FindFacts = (options?: { readonly anew?: boolean }) => Promise<Facts>;

const SECOND_MS = 1_000;
/** Facts are looked at this often. Servers of apps see the requests, and handshakes and comparisons cost the proxy work. */
const EVERY = {
  cheap: 5 * SECOND_MS,
  servers: 30 * SECOND_MS,
  backups: 15 * SECOND_MS,
  signIns: 30 * SECOND_MS,
  proxyDrift: 60 * SECOND_MS,
  certificates: 60 * SECOND_MS,
  identityDrift: 300 * SECOND_MS,
};
/** Drift must last this long: changes are written in less. */
const DRIFT_LASTS_MS = 5 * SECOND_MS;
/** Drift that a person asks for lasts at least this long. */
const ASKED_DRIFT_LASTS_MS = 1_500;
/** A look for a person ends within this time. */
const ASKED_PATIENCE_MS = 15 * SECOND_MS;
/** A look at the facts ends within this time. */
const PATIENCE_MS = 6 * SECOND_MS;
/** Failed sign-ins are known for this long. */
const SIGN_INS_MS = 3_600 * SECOND_MS;

/** Creates the finder of facts of one worker. Nothing is looked at before its first call. */
export function createFactFinder(deps: Watching): FindFacts {
  const { log, now, clock, identity } = deps;
  const fresh = <T>(everyMs: number, find: () => Promise<readonly T[]>) =>
    freshFact(find, { everyMs, patienceMs: PATIENCE_MS, clock });
  const state = async () => (await log.view()).state;
  const signInsSince = () => new Date(Date.parse(now()) - SIGN_INS_MS).toISOString();
  const noticeServers = createServerNotice(deps);
  const find = {
    components: fresh(EVERY.cheap, () => componentFacts(deps)),
    servers: fresh(EVERY.servers, async () => {
      const bad = await serverFacts(deps);
      // The facts hold whether or not this can be kept.
      await noticeServers(bad).catch(() => undefined);
      return bad;
    }),
    traffic: fresh(
      EVERY.cheap,
      trafficFacts(deps.figures, () => Date.parse(now())),
    ),
    signIns: fresh(EVERY.signIns, async () => (await identity?.failedSignIns(signInsSince())) ?? []),
    certificates: fresh(EVERY.certificates, () => certificateFacts(deps)),
    rotations: fresh(EVERY.cheap, async () => rotationFacts(await state(), now())),
    backups: fresh(EVERY.backups, async () => (await deps.backupWarnings()).map(backupFact)),
    failed: fresh(EVERY.cheap, failedOperations(log, now)),
    open: fresh(EVERY.cheap, openOperations(log)),
    held: fresh(EVERY.cheap, async () => heldFacts(await state())),
    bypasses: fresh(EVERY.cheap, async () => bypassFacts(await state(), now())),
    disks: fresh(EVERY.cheap, deps.disks),
    sinks: fresh(EVERY.cheap, async () => sinkFacts(await deps.sinkStates(sinksIn(await state())))),
    witnesses: fresh(EVERY.cheap, async () => deps.notary()?.witnesses ?? []),
    proxyDrift: fresh(EVERY.proxyDrift, () => lastingDrift(() => proxyDriftFacts(deps), pause(DRIFT_LASTS_MS))),
    identityDrift: fresh(EVERY.identityDrift, () =>
      lastingDrift(() => identityDriftFacts(deps), pause(DRIFT_LASTS_MS)),
    ),
  };
  const shortly = pause(ASKED_DRIFT_LASTS_MS);
  const findAnew = {
    ...find,
    components: () => soon(() => componentFacts(deps), ASKED_PATIENCE_MS),
    proxyDrift: () => soon(() => lastingDrift(() => proxyDriftFacts(deps), shortly), ASKED_PATIENCE_MS),
    identityDrift: () => soon(() => lastingDrift(() => identityDriftFacts(deps), shortly), ASKED_PATIENCE_MS),
  };
  return async ({ anew = false } = {}) => {
    const found = Object.entries(anew ? findAnew : find).map(async ([kind, look]) => [kind, await look()] as const);
    const facts = Object.fromEntries(await Promise.all(found)) as unknown as Omit<Facts, 'at'>;
    return { at: now(), ...facts };
  };
}

function pause(ms: number): () => Promise<void> {
  return () => new Promise((resolve) => setTimeout(resolve, ms).unref());
}

function sinksIn(state: State): string[] {
  return all(state, 'AlertSink').map(({ name }) => name);
}

function sinkFacts(states: ReadonlyMap<string, SinkState>): NamedFact[] {
  return [...states].flatMap(([name, { failingSince, isGone, lastError }]) => {
    if (isGone) return [{ name, detail: 'wants no more notifications (410); change it or delete it' }];
    if (failingSince === null) return [];
    const why = lastError === null ? '' : `: ${lastError.problem}`;
    return [{ name, detail: `takes no notifications since ${failingSince}${why}. See: hecate list alert-sinks` }];
  });
}

/** Warnings about backups name their schedule. */
function backupFact(text: string): NamedFact {
  return { name: / schedule ([a-z0-9-]+)/.exec(text)?.[1] ?? 'backups', detail: text };
}
