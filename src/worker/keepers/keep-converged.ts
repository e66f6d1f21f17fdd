import type { Logger } from 'pino';
import { requiresSignIn } from '../../domain/identity/access.js';
import { all } from '../../domain/log/state.js';
import type { LogReader } from '../../ports/event-log.js';
import type { IdentityExtent, IdentityQueue } from '../../ports/workflows.js';
import { reviveCanaries, type Reviving } from '../../activities/overlays/revive-canaries.js';
import { reviveProbations, type RevivingProbations } from '../../activities/probation/revive-probations.js';
import { createOverdueSettler, settleAllAbandoned, type Settling } from '../../activities/commit/settle-abandoned.js';
import type { Converger } from '../../activities/proxies/converger.js';
import { convergeSchedules, type Scheduling } from '../../activities/schedules/converge-schedules.js';
import { createFollower, type Following } from '../../activities/secrets/rotation/follow-own.js';
import { registerOwn, type Registering } from '../../activities/secrets/rotation/register-own.js';
import { reviveRotations, type RevivingRotations } from '../../activities/secrets/rotation/revive-rotations.js';
import { reviveContinuous, type RevivingContinuous } from '../../activities/backup/revive-continuous.js';
import { tendOverdue, type Tending } from '../../activities/overlays/tend-overdue.js';

const EVERY_MS = 1_000;
const SCHEDULES_EVERY_MS = 20_000;
const TENDED_EVERY_MS = 30_000;
const LOOKED_AT_EVERY_MS = 300_000;
const ASKED_FOR_MS = 60_000;
const FOLLOWED_AGAIN_EVERY_MS = 5_000;
const REGISTERED_EVERY_MS = 30_000;
const SWEPT_EVERY_MS = 120_000;
const CANARIES_EVERY_MS = 10_000;

/** What {@link keepConverged} needs beside the steps that it repeats. */
export interface Keeping {
  readonly converger: Converger;
  readonly identityQueue: IdentityQueue | null;
  /** Takes along what an older version left running. Called until it succeeds once. */
  readonly takeOver: () => Promise<void>;
  /** Destroys values in Vault that nothing uses, and returns their paths. */
  readonly sweepValues: () => Promise<readonly string[]>;
}

/**
 * Converges at start-up and then once a second: writes a Caddy that was away or came back empty, settles commits whose
 * workflow is gone or does not come to an end, ends overdue bypasses, restarts missing workflows of canaries, and makes
 * Temporal's schedules equal to the log every 20 s. Repairs drift in the identity provider every five minutes. Costs one small
 * GET for each proxy that is up to date. `looked` resolves after the first round; `stop` ends the loop.
 */
export function keepConverged(
  deps: Settling &
    Tending &
    Reviving &
    RevivingRotations &
    RevivingProbations &
    RevivingContinuous &
    Registering &
    Following &
    Scheduling &
    Keeping,
  logger: Logger,
): { readonly looked: Promise<void>; stop(): void } {
  let lastProblem = '';
  let stopped = false;
  let hasTakenOver = false;
  const report = (problem: string) => {
    if (problem !== lastProblem && problem !== '') logger.warn(problem);
    if (problem !== lastProblem && problem === '') logger.info('every proxy is up to date');
    lastProblem = problem;
  };
  const settleOverdue = createOverdueSettler(() => performance.now());
  const isTendingDue = due(TENDED_EVERY_MS);
  const isCanaryLookDue = due(CANARIES_EVERY_MS);
  const areSchedulesDue = due(SCHEDULES_EVERY_MS);
  const isLookDue = due(LOOKED_AT_EVERY_MS);
  const isRegistrationDue = due(REGISTERED_EVERY_MS);
  const haveOperatorsChanged = operatorsWatch();
  const register = registration(deps, logger);
  const follow = following(deps, logger);
  const sweep = createSweeping(deps, logger);
  // The identity workflow does the work; this only asks for a run and does not wait.
  const askIdentity = (extent: IdentityExtent) => {
    if (!deps.identityQueue) return;
    const call = deps.identityQueue.converge(['provide', 'withdraw'], AbortSignal.timeout(ASKED_FOR_MS), extent);
    call.catch((error: unknown) => logger.warn(`authentik: ${error instanceof Error ? error.message : String(error)}`));
  };
  let hasLooked: () => void = () => undefined;
  const looked = new Promise<void>((resolve) => (hasLooked = resolve));
  const loop = async () => {
    while (!stopped) {
      try {
        const { behind, refusing } = await deps.converger.convergeHead();
        if (!hasTakenOver) await deps.takeOver();
        hasTakenOver = true;
        // An operator who is new in the log may have their key in this home.
        if ((await haveOperatorsChanged(deps.log)) || isRegistrationDue()) await register();
        follow();
        const settled = (await settleAllAbandoned(deps)) + (await settleOverdue(deps));
        // Others may have changed authentik, and a settled commit may have left objects there.
        if (isLookDue() && (await asksForSignIn(deps.log))) askIdentity('everything');
        else if (settled > 0) askIdentity('changes');
        if (isTendingDue()) await tendOverdue(deps);
        if (isCanaryLookDue()) {
          for (const domain of await reviveCanaries(deps))
            logger.warn(`restarted the workflow of the canary of ${domain}, which was missing`);
          for (const operation of await reviveProbations(deps))
            logger.info(`started the workflow that judges the change of operation ${operation}`);
          for (const name of await reviveRotations(deps))
            logger.warn(`restarted the workflow that rotates ${name}, which was missing`);
          if (await reviveContinuous(deps)) logger.info('started the workflow that ships commits');
        }
        await sweep();
        if (areSchedulesDue()) await keepSchedules(deps, logger);
        const unreachable = behind.length === 0 ? [] : [`not updated yet (unreachable): ${behind.join(', ')}`];
        report([...unreachable, ...refusing.map(({ message }) => message)].join('; '));
      } catch (error) {
        report(error instanceof Error ? error.message : String(error));
      }
      hasLooked();
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  };
  void loop();
  return {
    looked,
    stop() {
      stopped = true;
    },
  };
}

/**
 * Returns a step that takes up credentials that another worker rotated. It runs beside the loop, since Vault and other systems
 * may be slow or down.
 */
function following(deps: Following, logger: Logger): () => void {
  const follow = createFollower(deps);
  const isRetryDue = due(FOLLOWED_AGAIN_EVERY_MS);
  let runs = false;
  let areInOrder = true;
  let said = '';
  const run = async () => {
    runs = true;
    try {
      areInOrder = await follow();
      said = '';
    } catch (error) {
      areInOrder = false;
      const problem = error instanceof Error ? error.message : String(error);
      if (problem !== said) logger.warn(`credentials of Hecate itself: ${problem}`);
      said = problem;
    }
    runs = false;
  };
  return () => {
    if (!runs && (areInOrder || isRetryDue())) void run();
  };
}

/** Returns a function that tells of each change of the names of operators once, and of those at the start. */
function operatorsWatch(): (log: Pick<LogReader, 'view'>) => Promise<boolean> {
  let last: string | null = null;
  return async (log) => {
    const names = all((await log.view()).state, 'Operator')
      .map(({ name }) => name)
      .join();
    const hasChanged = names !== last;
    last = names;
    return hasChanged;
  };
}

/** Returns a step that registers Hecate's own credentials. Vault and other systems may be down while the rest works. */
function registration(deps: Registering, logger: Logger): () => Promise<void> {
  let said = '';
  return async () => {
    const { names, problems } = await registerOwn(deps).catch((error: unknown) => ({
      names: [],
      problems: [error instanceof Error ? error.message : String(error)],
    }));
    if (names.length > 0) logger.info(`Hecate’s own credentials are in the log now: ${names.join(', ')}`);
    const problem = problems.join('; ');
    if (problem !== '' && problem !== said) logger.warn(`Hecate’s own credentials are not all registered: ${problem}`);
    said = problem;
  };
}

/** Temporal may be down while Caddy and the log work, so its failure stops nothing else. */
async function keepSchedules(deps: Scheduling, logger: Logger): Promise<void> {
  try {
    for (const line of await convergeSchedules(deps, null)) logger.warn(line);
  } catch (error) {
    logger.warn(`schedules: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Returns a function that begins a sweep of Vault every two minutes, and when a rotation has ended. It does not wait for the sweep, since
 * Vault may hang. The same problem is logged once.
 */
function createSweeping(
  { log, sweepValues }: Pick<Keeping, 'sweepValues'> & Settling,
  logger: Logger,
): () => Promise<void> {
  const isDue = due(SWEPT_EVERY_MS);
  let runs = false;
  let lastEnds: string | null = null;
  let lastProblem = '';
  const run = async () => {
    try {
      const destroyed = await sweepValues();
      if (destroyed.length > 0) logger.info(`destroyed old values in Vault: ${destroyed.join(', ')}`);
      lastProblem = '';
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (problem !== lastProblem) logger.warn(`old values in Vault: ${problem}`);
      lastProblem = problem;
    } finally {
      runs = false;
    }
  };
  return async () => {
    if (runs) return;
    const ends = all((await log.view()).state, 'Secret')
      .map(({ name, value }) => `${name} ${value.lastRotation?.id}`)
      .join();
    const isEnd = ends !== lastEnds;
    lastEnds = ends;
    if (!isDue() && !isEnd) return;
    runs = true;
    void run();
  };
}

async function asksForSignIn(log: Settling['log']): Promise<boolean> {
  const { state } = await log.view();
  return all(state, 'AuthPolicy').length > 0 || all(state, 'Route').some((held) => requiresSignIn(held.value));
}

/** Returns a function that is true at its first call, and then at most once in `everyMs`. */
function due(everyMs: number): () => boolean {
  let last = -Infinity;
  return () => {
    if (performance.now() - last < everyMs) return false;
    last = performance.now();
    return true;
  };
}
