import { userInfo } from 'node:os';
import type { WorkflowHandle } from '@temporalio/client';
import type { Operation } from '../operations/operation.js';
import { Failure } from '../ports/failure.js';
import { exitCodeOf } from '../domain/refusal.js';
import type { Connections } from '../stack/connections.js';
import { loadConnections } from '../stack/load-connections.js';
import type { OperationResult, Planned } from '../workflows/activities.js';
import { difference, headline } from './difference.js';
import { endingOf } from './ending.js';
import { showProgress } from './follow-progress.js';
import { connectOperations, type OperationsClient } from './operations-client.js';
import { print, type OutputFormat } from './output.js';

/** What the command line says of an operation beside its input. */
export interface OperateOptions {
  readonly output: OutputFormat;
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly actor?: string;
  readonly wait: boolean;
}

/** Runs one operation, or shows its plan; answers the exit code. */
export async function operate(operation: Operation, input: unknown, options: OperateOptions): Promise<number> {
  const origin = {
    actor: options.actor ?? process.env['HECATE_ACTOR'] ?? userInfo().username,
    reason: options.reason ?? null,
  };
  return withOperations(async (operations, connections) => {
    if (options.dryRun)
      return printPlan(await operations.preview(operation, input, origin), connections, options.output);
    const handle = await operations.start(operation, input, origin);
    if (!options.wait) {
      await print(
        options.output,
        { workflowId: handle.workflowId, ui: uiOf(connections, handle) },
        () => `started ${handle.workflowId}\nFollow it: hecate follow ${handle.workflowId}`,
      );
      return 0;
    }
    return followTo(operations, connections, handle, options.output);
  });
}

/** Follows an operation that was started before. */
export async function follow(id: string, output: OutputFormat): Promise<number> {
  return withOperations(async (operations, connections) =>
    followTo(operations, connections, await operations.find(id), output),
  );
}

/** Cancels an operation and waits until it is undone; one that was verified already stays. */
export async function cancel(id: string, output: OutputFormat): Promise<number> {
  return withOperations(async (operations, connections) => {
    const handle = await operations.find(id);
    await handle.cancel();
    const code = await followTo(operations, connections, handle, output);
    return code === 1 ? 0 : code;
  });
}

async function followTo(
  operations: OperationsClient,
  connections: Connections,
  handle: WorkflowHandle,
  output: OutputFormat,
): Promise<number> {
  const detach = () => {
    process.stderr.write(
      `\ndetached; the operation goes on\nFollow it: hecate follow ${handle.workflowId}\nCancel it: hecate cancel ${handle.workflowId}\n`,
    );
    process.exit(130);
  };
  process.once('SIGINT', detach);
  const progress = showProgress(operations, handle);
  try {
    const { result, exitCode } = await endingOf(handle);
    progress.stop();
    const ui = uiOf(connections, handle);
    for (const line of talk(result, ui)) process.stderr.write(`${line}\n`);
    await print(output, { ...result, workflowId: handle.workflowId, ui }, () => summary(result));
    return exitCode;
  } finally {
    progress.stop();
    process.removeListener('SIGINT', detach);
  }
}

function summary(result: OperationResult): string {
  const changes =
    result.result === 'completed'
      ? result.changes.flatMap((change) => [headline(change), ...difference(change).map((line) => `  ${line}`)])
      : [];
  return [`${result.result}${result.sequence === null ? '' : ` as ${result.sequence}`}`, ...changes].join('\n');
}

function talk(result: OperationResult, ui: string | null): string[] {
  const failed = result.result === 'refused' || result.result === 'undone' || result.result === 'stuck';
  return [
    ...result.warnings.map((text) => `warning: ${text}`),
    ...(result.behind.length > 0 ? [`warning: behind, converged when they answer: ${result.behind.join(', ')}`] : []),
    ...(failed ? [`error: ${result.detail ?? result.result}`] : []),
    ...(result.refusal?.hint ? [`hint: ${result.refusal.hint}`] : []),
    ...(ui === null ? [] : [`what happened: ${ui}`]),
  ];
}

async function printPlan(planned: Planned, connections: Connections, output: OutputFormat): Promise<number> {
  switch (planned.kind) {
    case 'refused':
      process.stderr.write(
        `error: ${planned.refusal.message}\n${planned.refusal.hint ? `hint: ${planned.refusal.hint}\n` : ''}`,
      );
      return exitCodeOf(planned.refusal.kind);
    case 'lost':
      process.stderr.write(`error: ${planned.message}\n`);
      return 7;
    case 'unchanged':
      await print(output, { changes: [], warnings: planned.warnings }, () => 'nothing to change');
      return 0;
    case 'planned':
    case 'committed': {
      const { plan } = planned;
      const proxies = connections.caddy.map((caddy) => `${caddy.name} at ${caddy.admin}`);
      for (const warning of plan.warnings) process.stderr.write(`warning: ${warning}\n`);
      await print(output, { ...plan, proxies }, () =>
        [
          ...plan.changes.flatMap((change) => [headline(change), ...difference(change).map((line) => `  ${line}`)]),
          `hosts touched: ${plan.expect.hosts.join(', ')}`,
          `one commit in the log, one reload of ${proxies.join(', ')}; WebSockets stay open`,
          `plan ${plan.hash}`,
          'nothing was done (dry run)',
        ].join('\n'),
      );
      return 0;
    }
  }
}

function uiOf({ temporal }: Connections, handle: WorkflowHandle): string | null {
  return (
    temporal.ui && `${temporal.ui}/namespaces/${temporal.namespace}/workflows/${encodeURIComponent(handle.workflowId)}`
  );
}

async function withOperations<T>(
  use: (operations: OperationsClient, connections: Connections) => Promise<T>,
): Promise<T> {
  const connections = loadConnections(process.env);
  if (!connections) {
    throw new Failure('unavailable', 'there is no stack here and no server is named in the environment', {
      hint: 'Start one: hecate up',
    });
  }
  const operations = await connectOperations(connections);
  try {
    return await use(operations, connections);
  } finally {
    await operations.close();
  }
}
