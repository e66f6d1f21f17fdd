// Operations at the command line: started, followed, cancelled, or shown as a plan. A bundle of its own, loaded when it is
// used; may import input, print, connect and reads.
import type { WorkflowHandle } from '@temporalio/client';
import { exitCodeOf } from '../../domain/refusal.js';
import { withoutPrefix } from '../../domain/values/environment-name.js';
import type { CataloguedOperation } from '../../operations/catalogue.js';
import type { ProbationTerms } from '../../domain/resources/probation.js';
import { Failure } from '../../ports/failure.js';
import type { Connections } from '../../stack/connections.js';
import type { ListedOperation, OperationQuery } from './list-operations.js';
import { withOperations } from './operations-client.js';
import type { Ending } from './ending.js';
import { errorData, type ErrorData } from '../print/error-output.js';
import { temporalFailure } from './find-operation.js';
import { followed } from './follow-progress.js';
import { handOver } from './hand-over.js';
import { followedRotation, followSecret, rotationOf } from './rotation/follow.js';
import { print, type OutputFormat } from '../print/output.js';
import { checkKeyFile, newKey, type NewKey } from './new-key.js';
import { provenEnding } from './proven-ending.js';
import type { WantedKeyPair } from '../input/key-pair.js';
import { toStderr } from '../print/visible.js';
import { withChanges, withStaged } from './blob-staging.js';
import { printPlan } from '../print/plan-output.js';
import { asked, confirmed } from '../input/ask.js';
import { signerHere } from '../connect/signing.js';
import { originOf } from '../input/origin.js';
import { resultError, resultMessages, summary } from '../print/result-output.js';
import { urlsOfCreated } from './route-urls.js';
import { shortIdOf } from './operation-id.js';
import { detailsPage } from './web-ui.js';
import { withLog } from '../connect/with-log.js';
import { withRotations } from './rotation/list.js';
import { ROTATION_WORKFLOW } from '../../workflows/contracts/rotation.js';

export { withOperations } from './operations-client.js';
export { reveal } from './reveal.js';
export { rotateAll } from './rotation/rotate-all.js';

/** The options of an operation beside its input. */
export interface OperateOptions {
  readonly output: OutputFormat;
  readonly dryRun?: boolean;
  /** A dry run exits with 8 when something would change. */
  readonly exitCode?: boolean;
  readonly reason?: string;
  /** Person or program for which the operator acts. */
  readonly actor?: string;
  readonly wait?: boolean;
  /** Hash of the plan that a dry run showed; another plan is refused. */
  readonly plan?: string;
  /** Shows no progress. */
  readonly quiet?: boolean;
}

/** The parsed input of an operation. */
export interface Given {
  readonly input: Record<string, unknown>;
  /** Values that go through Vault, by the ids that replace them in the input. */
  readonly secrets: ReadonlyMap<string, string>;
  /** A key pair to make for the operator that the input names; null: none. */
  readonly keyPair: WantedKeyPair | null;
  /** How the change is to be judged afterwards; null or absent: as the environment has it. */
  readonly probation?: ProbationTerms | 'none' | null;
}

/** Runs one operation, or with `dryRun` prints its plan. Returns the exit code. */
export async function operate(
  operation: CataloguedOperation,
  { input: entered, secrets, keyPair, probation = null }: Given,
  options: OperateOptions,
): Promise<number> {
  const asks = operation.asksReason?.(entered) === true && !options.dryRun;
  const origin = {
    ...originOf(options),
    ...(options.reason === undefined && asks ? { reason: await asked('Reason (kept in the history): ') } : {}),
    ...(options.plan === undefined ? {} : { approved: options.plan }),
    ...(probation === null ? {} : { probation }),
  };
  return withOperations(async (operations, connections) => {
    // Nothing is handed over for a request that nobody can sign.
    signerHere(connections);
    if (keyPair !== null && options.dryRun) checkKeyFile(keyPair, String(entered['name']));
    const key = keyPair && newKey(options.dryRun ? { ...keyPair, file: null } : keyPair, String(entered['name']));
    const given = key === null || keyPair === null ? entered : { ...entered, [keyPair.field]: key.publicKey };
    await handOver(operation, given, secrets, connections);
    const input = await withStaged(operation, given, connections);
    if (options.dryRun) {
      const preview = await withChanges(await operations.preview(operation, input, origin), connections);
      if (key !== null) toStderr('· the key of the plan is an example; the run makes another one');
      return printPlan(preview, { output: options.output, tells: options.exitCode === true });
    }
    const handle = await operations.start(operation, input, origin).catch((error: unknown) => {
      key?.drop();
      throw error;
    });
    if (options.wait === false) {
      const short = withoutPrefix(handle.workflowId);
      await print(
        options.output,
        { id: shortIdOf(handle), workflowId: handle.workflowId, ui: await detailsPage(connections, handle) },
        () => `started ${short}\nFollow it: hecate follow ${short}`,
      );
      return 0;
    }
    const onward = onwards[operation.key];
    const followOptions = { ...options, ...(onward === undefined ? {} : { onward }) };
    const { exitCode, result } = await followTo(connections, handle, { ...followOptions, key });
    const flag = result.refusal?.acceptedBy;
    if (flag === undefined || options.output !== 'table' || !(await confirmed('Carry it out anyway?'))) return exitCode;
    const accepted = { ...input, [flag.slice(2)]: true };
    return (await followTo(connections, await operations.start(operation, accepted, origin), followOptions)).exitCode;
  });
}

/** Work that continues after an operation has completed, and is followed too. */
const onwards: Readonly<Record<string, Onward>> = {
  'secret.rotate': { follow: followedRotation, wantsUndo: false },
  'secret.rotation.finish': { follow: followedRotation, wantsUndo: false },
  'secret.rotation.cancel': { follow: followedRotation, wantsUndo: true },
};

interface Onward {
  readonly follow: typeof followedRotation;
  /** The command is to undo what goes on. */
  readonly wantsUndo: boolean;
}

/** Follows an operation that was started before, or the rotation of a secret (`rotation/NAME`). Returns its exit code. */
export async function follow(id: string, output: OutputFormat): Promise<number> {
  const rotated = rotatedSecret(id);
  if (rotated !== null) return followSecret(rotated, output);
  return withOperations(async (operations, connections) => {
    const handle = await operations.find(id);
    const [key = ''] = withoutPrefix(handle.workflowId).split('/');
    const onward = onwards[key];
    return (await followTo(connections, handle, { output, ...(onward === undefined ? {} : { onward }) })).exitCode;
  });
}

/** Returns the name of the secret in the id of a rotation, as `list operations` shows it; null: it is another id. */
function rotatedSecret(id: string): string | null {
  return new RegExp(`^${ROTATION_WORKFLOW}/([^/]+)$`).exec(withoutPrefix(id))?.[1] ?? null;
}

const tooLate = errorData({ kind: 'conflict', message: 'too late: the operation had ended' });

/** Returns the operations, reconciles and rotations that Temporal knows, newest first. Throws `unavailable`. */
export async function listedOperations(query: OperationQuery): Promise<ListedOperation[]> {
  const listed = await withOperations((operations) => operations.list(query));
  if (!listed.some(({ operation }) => operation === ROTATION_WORKFLOW)) return listed;
  // Without the log they are listed all the same, with what Temporal knows.
  return withLog((log) => withRotations(listed, log)).catch(() => listed);
}

/** Cancels an operation and waits until it is undone. Returns 0, or 4 when it had ended or was verified already. */
export async function cancel(id: string, output: OutputFormat): Promise<number> {
  const rotated = rotatedSecret(id);
  if (rotated !== null) {
    throw new Failure('invalid', `${id} is the rotation of a secret, and not an operation`, {
      hint: `Undo it before its commit point: hecate cancel secret rotation --name ${rotated}`,
    });
  }
  return withOperations(async (operations, connections) => {
    const handle = await operations.find(id);
    const { status } = await handle.describe();
    if (status.name === 'RUNNING') {
      await handle.cancel().catch((error: unknown) => {
        throw temporalFailure(error, connections.temporal.address, `cancel ${id}`);
      });
    }
    const isCancelled = ({ exitCode }: Ending) => status.name === 'RUNNING' && exitCode === 1;
    const ending = await followTo(connections, handle, { output }, (one) => (isCancelled(one) ? null : tooLate));
    if (isCancelled(ending)) return 0;
    toStderr(`error: ${tooLate.error.message}`);
    return exitCodeOf('conflict');
  });
}

/** Options of following an operation. */
interface FollowOptions extends Pick<OperateOptions, 'output' | 'quiet'> {
  /** The key that the operation registers; its private half is given out with the result. */
  readonly key?: NewKey | null;
  /** Work that continues when the operation has completed. */
  readonly onward?: Onward;
}

/** Follows an operation to its end and prints the result. `errorOf` returns the error that the result stands for. */
export async function followTo(
  connections: Connections,
  handle: WorkflowHandle,
  { output, quiet = false, key = null, onward }: FollowOptions,
  errorOf: (ending: Ending) => ErrorData | null = ({ result }) => resultError(result),
): Promise<Ending> {
  const isQuiet = quiet || output !== 'table';
  const operated = await followed('operation', { handle, isQuiet }, async (stop) => {
    const ending = await provenEnding(handle, connections).catch((error: unknown) => {
      if (key?.files) toStderr(`· the new key is in ${key.files.first}; an older one stays in ${key.files.last}`);
      throw error;
    });
    const { result } = ending;
    await stop(result.steps);
    const ui = await detailsPage(connections, handle);
    const urls =
      result.result === 'completed'
        ? urlsOfCreated(result.changes, connections.caddy[0], connections.publicHttpsPort)
        : null;
    for (const line of resultMessages(result)) toStderr(line);
    const privateKey = result.result === 'completed' ? (key?.giveOut() ?? null) : null;
    if (result.result !== 'completed') key?.drop();
    const secret = privateKey === null ? {} : { privateKey };
    const data = { ...result, ...urls, ...errorOf(ending), ...secret, workflowId: handle.workflowId, ui };
    const rotation = onward === undefined ? null : rotationOf(result);
    if (rotation !== null && output !== 'table') return { ending, rotation, data };
    await print(output, data, () =>
      [
        summary(result),
        ...(urls === null ? [] : [`served at ${urls.urls.join(' and ')}`, `try: ${urls.curl}`]),
        ...(privateKey === null ? [] : [privateKey]),
      ].join('\n'),
    );
    if (key?.files && result.result === 'completed' && !isQuiet) toStderr(`the private key is in ${key.files.last}`);
    if (privateKey !== null && !isQuiet) toStderr('the last line is the private key; it is not shown again');
    if (ui !== null && !isQuiet) toStderr(`web ui: ${ui}`);
    return { ending, rotation, data };
  });
  const { ending, rotation, data } = operated;
  if (onward === undefined || rotation === null) return ending;
  const { wantsUndo } = onward;
  const exitCode = await onward.follow(connections, rotation, { output, isQuiet, data, wantsUndo });
  return { ...ending, exitCode };
}
