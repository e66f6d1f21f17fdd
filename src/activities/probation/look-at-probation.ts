import type { Commit } from '../../domain/log/commit.js';
import { find, type State } from '../../domain/log/state.js';
import { resourceKey } from '../../domain/resources/kinds.js';
import type { Probation } from '../../domain/resources/probation.js';
import { countingFigures } from '../../domain/traffic/figures.js';
import { failedProbation } from '../../domain/why/failed-probation.js';
import { judged, type Judgement } from '../../domain/why/judgement.js';
import { Failure } from '../../ports/failure.js';
import { operationWorkflowId } from '../../workflows/contracts/operation.js';
import type { OperationRequest } from '../../workflows/contracts/plan.js';
import type { ProbationLook } from '../../workflows/contracts/probation.js';
import type { Dependencies } from '../dependencies.js';
import { sealedRequest, type Sealing } from '../trust/sealed-request.js';

/** Dependencies for judging a change. */
type Judging = Sealing & Pick<Dependencies, 'figures' | 'newId'>;

const AGAIN_AFTER_MS = 15_000;
/** Requests of the first seconds may still have got the configuration before. */
const SETTLING_MS = 5_000;
/** Least time before the change that is compared with it. */
const LEAST_BEFORE_MS = 3_600_000;
/** Time after the end for the last figures to arrive, or for a worse change to be undone. */
const LAST_FIGURES_MS = 20_000;
const GIVES_UP_AFTER_MS = 600_000;

/**
 * Judges a change on probation, and returns what to do: undo it, end its probation, or look again; null: it is not on probation
 * any more. Writes nothing. `prefix`: of the workflow that carries it out.
 */
export async function lookAtProbation(
  deps: Judging,
  { operation, prefix }: { readonly operation: string; readonly prefix: string },
): Promise<ProbationLook | null> {
  const { state } = await deps.log.view();
  const value = find(state, 'Probation', operation)?.value;
  if (value === undefined) return null;
  const { routes, until } = value;
  const nowMs = Date.parse(deps.now());
  const overMs = nowMs - Date.parse(until);
  const look = {
    routes,
    until,
    request: null,
    againMs: Math.max(1_000, Math.min(AGAIN_AFTER_MS, LAST_FIGURES_MS - overMs)),
  };
  const end = async (reason: string) => ({
    ...look,
    sentence: reason,
    request: await sealed(deps, prefix, {
      operation: 'probation.end',
      input: { operation },
      subject: operation,
      reason,
    }),
  });
  const found = await deps.log.find(operation);
  if (found?.message.type !== 'committed') return end('its change is not in the log');
  const later = laterChange(state, found.message, found.position.sequence);
  if (later !== null) return end(`ended: ${later}`);
  // The operation itself is not over, or is being undone.
  if (state.open.has(operation)) return { ...look, sentence: 'not live yet' };
  const judgement = await judgementOf(deps, value, nowMs);
  if (judgement.verdict === 'worse' && overMs < GIVES_UP_AFTER_MS) {
    const figures = `${judgement.sentence}${limitsText(value)}`;
    const reason = failedProbation(operation, found.position.sequence, figures);
    const request = await sealed(deps, prefix, { operation: 'state.undo', input: { operation, force: false }, subject: operation, reason }); // prettier-ignore
    return { ...look, sentence: reason, request };
  }
  if (overMs < LAST_FIGURES_MS) return { ...look, sentence: judgement.sentence };
  if (judgement.verdict === 'worse') return end(`worse, and could not be undone: ${judgement.sentence}`);
  return end(judgement.verdict === 'fine' ? `passed: ${judgement.sentence}` : judgement.sentence);
}

/** Returns which later commit changed what the commit changed, as a clause; null: none did. */
function laterChange(state: State, { changes }: Commit, sequence: number): string | null {
  for (const { kind, name, after } of changes) {
    if (kind === 'Probation' || kind === 'Source') continue;
    const held = state.resources.get(resourceKey(kind, name));
    if (after === null ? held !== undefined : held === undefined) return `${kind} ${name} was changed later`;
    if (held !== undefined && held.revision !== sequence)
      return `commit ${held.revision} (${held.updatedBy}) changed ${kind} ${name}`;
  }
  return null;
}

async function judgementOf({ figures }: Judging, value: Probation, nowMs: number): Promise<Judgement> {
  const { routes, since, until, limits } = value;
  const [sinceMs, untilMs] = [Date.parse(since), Date.parse(until)];
  const beforeMs = sinceMs - Math.max(LEAST_BEFORE_MS, untilMs - sinceMs);
  const counted = new Map(routes.map((domain) => [domain, { before: countingFigures(), since: countingFigures() }]));
  try {
    for await (const { startMs, routes: parts } of figures.slots('10s', beforeMs, Math.min(nowMs, untilMs))) {
      // A slot in which it changed belongs to neither.
      const side = startMs + SLOT_MS <= sinceMs ? 'before' : startMs >= sinceMs + SETTLING_MS ? 'since' : null;
      if (side === null) continue;
      for (const [domain, sides] of counted) {
        const part = Object.hasOwn(parts, domain) ? parts[domain] : undefined;
        if (part !== undefined) sides[side].addAll(part);
      }
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { verdict: 'too-few', sentence: `not judged: ${error.message}` };
  }
  const sides = [...counted].map(([domain, one]) => ({
    ...{ domain, before: one.before.figures(), since: one.since.figures() },
  }));
  return judged(sides, limits);
}

const SLOT_MS = 10_000;

function limitsText({ limits: { maxErrorRate, maxLatencyP99 } }: Probation): string {
  const given = [
    ...(maxErrorRate === null ? [] : [`at most ${maxErrorRate}% errors`]),
    ...(maxLatencyP99 === null ? [] : [`p99 at most ${maxLatencyP99}`]),
  ];
  return given.length === 0 ? '' : ` (allowed: ${given.join(', ')})`;
}

/** Returns the request, sealed so that the workflow can only carry out what was decided here. */
function sealed(
  deps: Judging,
  prefix: string,
  action: Pick<OperationRequest, 'operation' | 'subject' | 'input'> & { readonly reason: string },
): Promise<OperationRequest> {
  const request: OperationRequest = { id: deps.newId(), ...action, actor: 'hecate' };
  return sealedRequest(deps, { purpose: 'operation', workflowId: operationWorkflowId(prefix, request), request });
}
