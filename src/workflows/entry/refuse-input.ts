import { ApplicationFailure, CancellationScope, proxyLocalActivities } from '@temporalio/workflow';
import { isObject } from '../../domain/data/json.js';
import type { EntryActivities, RefusedInput } from '../contracts/entry.js';
import { reasonOf } from '../error-reason.js';
import type { Arguments } from './shapes.js';

const { refuseInput } = proxyLocalActivities<EntryActivities>({
  startToCloseTimeout: '5s',
  scheduleToCloseTimeout: '15s',
  retry: { initialInterval: '100ms', maximumInterval: '2s', maximumAttempts: 3 },
  summary: 'Record in the log that the input was refused',
});

/** Records the input as refused, and returns the failure of its caller, of the type `refused`. */
export async function refusalOf(
  what: Pick<RefusedInput, 'entry' | 'name' | 'call'>,
  args: Arguments,
): Promise<ApplicationFailure> {
  const claim = claimOf(what, args);
  // Cancelling it does not leave the refusal out.
  const message: string = await CancellationScope.nonCancellable(() => refuseInput(claim)).catch(reasonOf);
  return ApplicationFailure.nonRetryable(message, 'refused');
}

const LONGEST = 200;

function claimOf({ entry, name, call }: Pick<RefusedInput, 'entry' | 'name' | 'call'>, args: Arguments): RefusedInput {
  const [first] = args;
  const { operation, subject, actor, reason } = isObject(first) ? first : {};
  return {
    ...{ entry, name: cut(name), call: cut(call), given: cut(jsonOf(args)) },
    ...{ operation: textOf(operation) ?? cut(name), subject: textOf(subject) ?? '' },
    ...{ actor: textOf(actor), reason: textOf(reason) },
  };
}

function jsonOf(args: Arguments): string {
  try {
    return JSON.stringify(args);
  } catch {
    return 'not JSON, or nested too deeply';
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? cut(value) : null;
}

function cut(text: string): string {
  return text.slice(0, LONGEST);
}
