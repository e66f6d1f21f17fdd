import { isObject } from '../../domain/data/json.js';
import type { CommitPass, Plan } from '../../workflows/contracts/plan.js';
import type { Caller } from './caller.js';
import { sealFits, sealOf, type SealedValue, type SealingValues } from './seal.js';

/** A step without which a commit is not completed. */
export type NeededStep =
  | { readonly kind: 'identity' | 'proxies' | 'verification' }
  /** The outpost asks for sign-in on these hosts. */
  | { readonly kind: 'sign-in'; readonly hosts: readonly string[] }
  /** Temporal has these schedules as the log has them. */
  | { readonly kind: 'schedules'; readonly names: readonly string[] };

/** Returns the pass of a commit that was just appended: nothing of its plan is done yet. */
export function passOf(deps: SealingValues, run: Caller, { plan, sequence }: Committed): CommitPass {
  const { id, signIn, schedules = [] } = plan;
  const steps: NeededStep[] = [{ kind: 'proxies' }, { kind: 'verification' }];
  if (signIn !== undefined && signIn.closes !== true) {
    steps.push({ kind: 'identity' });
    if (signIn.hosts.length > 0) steps.push({ kind: 'sign-in', hosts: signIn.hosts });
  }
  if (schedules.length > 0) steps.push({ kind: 'schedules', names: schedules });
  const needs = steps.map((step) => textOf(deps, step));
  return sealedPass(deps, run, { id, sequence, needs, behind: [], refused: [] });
}

interface Committed {
  readonly plan: Pick<Plan, 'id' | 'signIn' | 'schedules'>;
  readonly sequence: number;
}

/** Returns the pass that a caller gave when a worker sealed it for this run; null: it is none. */
export function heldPass(deps: SealingValues, caller: Caller, given: unknown): CommitPass | null {
  if (!isObject(given) || caller.isStandalone) return null;
  const pass = given as unknown as CommitPass;
  return sealFits(deps, commitSeal(caller, pass), pass.seal) ? pass : null;
}

/** Returns a pass without a step that was done, and with the proxies that converging left; undefined: there is no pass. */
export function passAfter(
  deps: SealingValues,
  run: Caller,
  { pass, step, ...left }: { readonly pass: CommitPass | null; readonly step: NeededStep } & Partial<Left>,
): CommitPass | undefined {
  if (pass === null) return undefined;
  const { seal: _seal, ...rest } = pass;
  const done = textOf(deps, step);
  return sealedPass(deps, run, { ...rest, ...left, needs: pass.needs.filter((one) => one !== done) });
}

type Left = Pick<CommitPass, 'behind' | 'refused'>;

/** Returns true while a pass needs a step of this kind. */
export function stillNeeds({ needs }: CommitPass, kind: NeededStep['kind']): boolean {
  return needs.some((one) => one === kind || one.startsWith(`${kind} `));
}

/** Returns what the seal of a pass covers: a worker appended the commit for this run, and did the steps that are not in `needs`. */
export function commitSeal(
  run: Caller,
  { id, sequence, needs, behind, refused }: Omit<CommitPass, 'seal'>,
): SealedValue {
  return { use: 'commit', run, value: { id, sequence, needs, behind, refused } };
}

function sealedPass(deps: SealingValues, run: Caller, pass: Omit<CommitPass, 'seal'>): CommitPass {
  return { ...pass, seal: sealOf(deps, commitSeal(run, pass)) };
}

/** Lists of hosts may be long, so a pass has their hash. */
function textOf({ sha256 }: SealingValues, step: NeededStep): string {
  switch (step.kind) {
    case 'sign-in':
      return `${step.kind} ${sha256(JSON.stringify(step.hosts))}`;
    case 'schedules':
      return `${step.kind} ${sha256(JSON.stringify(step.names))}`;
    case 'identity':
    case 'proxies':
    case 'verification':
      return step.kind;
  }
}
