import type { WorkflowHandle } from '@temporalio/client';
import { exitCodeOf } from '../../domain/refusal.js';
import type { CataloguedOperation } from '../../operations/catalogue.js';
import type { Connections } from '../../stack/connections.js';
import { withOperations } from './operations-client.js';
import { endingOf, type Ending } from './ending.js';
import { errorData, type ErrorData } from '../print/error-output.js';
import { temporalFailure } from './find-operation.js';
import { followed } from './follow-progress.js';
import { handOver } from './hand-over.js';
import { print, type OutputFormat } from '../print/output.js';
import { toStderr } from '../print/visible.js';
import { withChanges, withStaged } from './blob-staging.js';
import { printPlan } from '../print/plan-output.js';
import { originOf } from '../input/origin.js';
import { resultError, summary, talk } from '../print/result-output.js';
import { detailsPage } from './web-ui.js';

export { withOperations } from './operations-client.js';

/** What the command line says of an operation beside its input. */
export interface OperateOptions {
  readonly output: OutputFormat;
  readonly dryRun?: boolean;
  /** A dry run tells by its exit code whether something would change. */
  readonly exitCode?: boolean;
  readonly reason?: string;
  readonly actor?: string;
  readonly wait: boolean;
  /** Hash of the plan to carry out, and no other. */
  readonly plan?: string;
}

/** What the command line says for an operation, parsed. */
export interface Given {
  readonly input: Record<string, unknown>;
  /** What goes through Vault, by the ids that stand in the input. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** Runs one operation, or shows its plan; answers the exit code. */
export async function operate(
  operation: CataloguedOperation,
  { input: given, secrets }: Given,
  options: OperateOptions,
): Promise<number> {
  const asks = operation.asksReason?.(given) === true && !options.dryRun;
  const origin = {
    ...originOf(options),
    ...(options.reason === undefined && asks ? { reason: await askReason() } : {}),
    ...(options.plan === undefined ? {} : { approved: options.plan }),
  };
  return withOperations(async (operations, connections) => {
    await handOver(operation, given, secrets, connections);
    const input = await withStaged(operation, given, connections);
    if (options.dryRun) {
      const preview = await withChanges(await operations.preview(operation, input, origin), connections);
      return printPlan(preview, { output: options.output, tells: options.exitCode === true });
    }
    const handle = await operations.start(operation, input, origin);
    if (!options.wait) {
      await print(
        options.output,
        { workflowId: handle.workflowId, ui: await detailsPage(connections, handle) },
        () => `started ${handle.workflowId}\nFollow it: hecate follow ${handle.workflowId}`,
      );
      return 0;
    }
    return (await followTo(connections, handle, options.output)).exitCode;
  });
}

/** Asks a person for a reason; null where nobody can be asked, or nothing was answered. */
async function askReason(): Promise<string | null> {
  if (!process.stdin.isTTY) return null;
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question('Why? (stands in the history) ');
  terminal.close();
  return answer.trim() || null;
}

/** Follows an operation that was started before. */
export async function follow(id: string, output: OutputFormat): Promise<number> {
  return withOperations(async (operations, connections) => {
    return (await followTo(connections, await operations.find(id), output)).exitCode;
  });
}

const tooLate = errorData({ kind: 'conflict', message: 'it had ended before it could be cancelled' });

/** Cancels an operation and waits until it is undone. 4 when it came too late: it ended already, or was verified. */
export async function cancel(id: string, output: OutputFormat): Promise<number> {
  return withOperations(async (operations, connections) => {
    const handle = await operations.find(id);
    const { status } = await handle.describe();
    if (status.name === 'RUNNING') {
      await handle.cancel().catch((error: unknown) => {
        throw temporalFailure(error, connections.temporal.address, `cancel ${id}`);
      });
    }
    const isCancelled = ({ exitCode }: Ending) => status.name === 'RUNNING' && exitCode === 1;
    const ending = await followTo(connections, handle, output, (one) => (isCancelled(one) ? null : tooLate));
    if (isCancelled(ending)) return 0;
    toStderr(`error: ${tooLate.error.message}`);
    return exitCodeOf('conflict');
  });
}

/** Follows to the end and prints it; `errorOf` says what of it is an error. */
async function followTo(
  connections: Connections,
  handle: WorkflowHandle,
  format: OutputFormat,
  errorOf: (ending: Ending) => ErrorData | null = ({ result }) => resultError(result),
): Promise<Ending> {
  return followed('operation', { handle, environment: connections.environment }, async (clear) => {
    const ending = await endingOf(handle);
    const { result } = ending;
    await clear();
    const ui = await detailsPage(connections, handle);
    for (const line of talk(result, ui)) toStderr(line);
    await print(format, { ...result, ...errorOf(ending), workflowId: handle.workflowId, ui }, () => summary(result));
    return ending;
  });
}
