import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stateAt } from '../../src/activities/history/state-at.js';
import { emptyState, fold, type State } from '../../src/domain/log/state.js';
import { rollbackState } from '../../src/operations/history/rollback-state.js';
import { undoOperation } from '../../src/operations/history/undo-operation.js';
import { createHistory, type History, type Ran } from '../builders/history.js';
import { evening, step, type Step } from './steps.js';
import { createModel, sameWorld } from './time-model.js';

const RUNS = 300;
const LONGEST_NIGHT = 60;
/** Undone is one of the last so many commits; older ones hold little that is still in force. */
const RECENT = 8;

/** How often something came about over all runs: a model that is never put to the test agrees with everything. */
const seen = { undone: 0, undoneInPart: 0, undoRefused: 0, rolledBack: 0, overlaysEnded: 0, steps: 0 };

it('agrees with a model of it about the fold, undo, rollback and every past state', async () => {
  const steps = fc.array(step, { minLength: 10, maxLength: LONGEST_NIGHT, size: 'max' });
  await fc.assert(fc.asyncProperty(steps, fc.nat(99), agrees), { numRuns: RUNS });
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(what === 'steps' ? 5_000 : 0);
}, 120_000);

type World = ReturnType<typeof worldOf>;
type Committed = readonly { readonly id: string; readonly sequence: number }[];

/** One night, step by step; at its end also the fold of everything, and one of its moments as it was. */
async function agrees(steps: readonly Step[], pick: number): Promise<void> {
  const [history, model] = [createHistory(), createModel()];
  const worlds: { readonly sequence: number; readonly world: World }[] = [];
  const committed: Committed[number][] = [];
  for (const one of [...evening, ...steps]) {
    const { ran, changes } = await take(one, { history, model, committed });
    if (ran.sequence === null) continue;
    if (one.kind !== 'fail') {
      model.commit(ran.id, changes);
      committed.push({ id: ran.id, sequence: ran.sequence });
    }
    expectSame(worldOf(history.state()), model.resources());
    // Right after a commit that failed nothing of it was in force either.
    worlds.push({ sequence: ran.sequence, world: model.resources() });
  }
  expectSame(worldOf(fold(emptyState, history.entries)), model.resources());
  const { sequence, world } = worlds[pick % worlds.length] ?? { sequence: 0, world: new Map() };
  const past = await stateAt(history.reader, { sequence });
  expectSame(worldOf(past.kind === 'known' ? past.state : emptyState), world);
}

function expectSame(a: World, b: World, why?: string): void {
  if (!sameWorld(a, b)) expect(Object.fromEntries(a), why).toEqual(Object.fromEntries(b));
}

/** Takes one step in the log, and holds what comes of an undo or a rollback against the model. */
async function take(
  one: Step,
  night: { readonly history: History; readonly model: ReturnType<typeof createModel>; readonly committed: Committed },
) {
  const { history, model, committed } = night;
  seen.steps++;
  if ('operation' in one) return changesOf(await history[one.kind](one.operation, one.input));
  const target = committed.at(-1 - (one.pick % Math.min(committed.length, one.kind === 'undo' ? RECENT : Infinity)));
  if (!target) return changesOf({ id: '', decision: nothing, sequence: null });
  const before = model.resources();
  const expected = model[one.kind](target.id);
  const ran =
    one.kind === 'undo'
      ? await history.run(undoOperation, { operation: target.id })
      : await history.run(rollbackState, { toCommit: String(target.sequence) });
  expectSame(worldOf(history.state()), expected === 'refused' ? before : expected, JSON.stringify(ran.decision));
  if (expected === 'refused') expect(ran.decision.kind).toBe('refuse');
  count(one, ran, expected === 'refused');
  return changesOf(ran);
}

const nothing = { kind: 'change', changes: [], expect: { hosts: [], upstreams: [] }, warnings: [] } as const;

function changesOf(ran: Ran) {
  return { ran, changes: ran.decision.kind === 'change' ? ran.decision.changes : [] };
}

function count(one: Step, { decision, sequence }: Ran, isRefused: boolean): void {
  if (isRefused && one.kind === 'undo') seen.undoRefused++;
  if (sequence === null || decision.kind === 'refuse') return;
  if (one.kind === 'rollback') seen.rolledBack++;
  if (one.kind === 'undo') seen.undone++;
  if (decision.warnings.some((text) => / keeps /.test(text))) seen.undoneInPart++;
  if (decision.warnings.some((text) => / ends: /.test(text))) seen.overlaysEnded++;
}

function worldOf(state: State): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  return new Map([...state.resources].map(([key, { value }]) => [key, value as unknown as Record<string, unknown>]));
}
