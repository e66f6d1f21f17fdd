import type { Attempt } from '../../domain/log/commit.js';
import { isObject } from '../../domain/data/json.js';
import type { Dependencies } from '../dependencies.js';
import { bounded, saidOrigin } from './bounded.js';
import type { Caller } from './caller.js';
import type { Unproven } from './unproven.js';

/** Most refusals that a worker records in an hour, since anybody who reaches Temporal can cause them. */
const MOST_AN_HOUR = 200;
const HOUR_MS = 3_600_000;

/** Records requests that were refused because they were not proven. */
export interface RefusedRequests {
  /** Records a refusal with what the caller claimed. The same refusal of the same run is recorded once. Never throws. */
  record(caller: Caller, args: readonly unknown[], refusal: Unproven): Promise<void>;
}

/** Creates the record of one worker. Beyond a number it only counts, and then records how many more there were. */
export function createRefusedRequests({
  log,
  now,
  sha256,
  newId,
}: Pick<Dependencies, 'log' | 'now' | 'sha256' | 'newId'>): RefusedRequests {
  let since = 0;
  let recorded = 0;
  let more = 0;
  let last: Attempt | null = null;
  const write = (id: string, detail: string, attempt: Attempt) =>
    log.record({ id, at: now(), result: 'refused', detail, behind: [], attempt }).catch(() => undefined);
  const newHour = async (at: number) => {
    const [counted, named] = [more, last];
    [since, recorded, more] = [at, 0, 0];
    if (counted === 0 || named === null) return;
    await write(`unproven-${newId()}`, `and ${counted} more requests that were not proven, within an hour`, named);
  };
  return {
    async record(caller, args, refusal) {
      const at = Date.parse(now());
      if (at - since >= HOUR_MS) await newHour(at);
      last = attemptOf(caller, args, refusal);
      if (recorded >= MOST_AN_HOUR) {
        more += 1;
        return;
      }
      recorded += 1;
      const { workflowId, runId, activity } = caller;
      const id = sha256(JSON.stringify([workflowId, runId, activity, refusal.code, refusal.of]));
      await write(`unproven-${id.slice(0, ID_LENGTH)}`, refusal.message, last);
    },
  };
}

const ID_LENGTH = 20;

function attemptOf({ workflowId, activity }: Caller, args: readonly unknown[], { signer }: Unproven): Attempt {
  const claimed = args.filter(isObject).find((arg) => 'actor' in arg);
  const { operation, subject, actor, reason } = claimed ?? {};
  return {
    operation: typeof operation === 'string' ? bounded(operation) : activity,
    subject: typeof subject === 'string' ? bounded(subject) : '',
    actor: signer ?? `unverified: ${typeof actor === 'string' ? bounded(actor) : 'nobody'}`,
    reason: typeof reason === 'string' ? bounded(reason) : null,
    workflowId: bounded(workflowId),
    ...saidOrigin(claimed ?? {}),
  };
}
