import { all, find, type State } from '../../../domain/log/state.js';
import type { Secret } from '../../../domain/resources/secret.js';
import { exitCodes, type Refusal } from '../../../domain/refusal.js';
import { secretKinds } from '../../../domain/secrets/kinds.js';
import type { Strategy } from '../../../domain/secrets/rotation.js';
import { rotateSecret } from '../../../operations/secrets/rotate-secret.js';
import { Failure } from '../../../ports/failure.js';
import { withLog } from '../../connect/with-log.js';
import { originOf, type Origin } from '../../input/origin.js';
import { print, table, type OutputFormat } from '../../print/output.js';
import { createProgressOutput, noProgressOutput, type ProgressOutput } from '../../print/progress-output.js';
import { timeSpan } from '../../print/relative-time.js';
import { toStderr } from '../../print/visible.js';
import { followed } from '../follow-progress.js';
import { followRotation, rotationOf } from './follow.js';
import { withOperations } from '../operations-client.js';
import { provenEnding } from '../proven-ending.js';
import { endingOfRotation, type RotationReport } from './report.js';

/** Options of `update secret rotate-all`. */
export interface RotateAllOptions extends Origin {
  readonly strategy?: Strategy;
  readonly grace?: string;
  readonly output: OutputFormat;
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
}

/** The result for one secret. */
interface Rotated {
  readonly name: string;
  readonly kind: Secret['kind'];
  /**
   * `planned`: a dry run would rotate it. `skipped`: it is being rotated already, or the caller may not rotate it. `failed`:
   * refused, undone, held, stuck, or nobody answered.
   */
  readonly result: 'planned' | 'rotated' | 'skipped' | 'failed';
  readonly state: RotationReport['state'] | null;
  readonly message: string;
  readonly hint: string | null;
  readonly durationMs: number;
  readonly rotation: RotationReport | null;
}

/**
 * Rotates every secret, one after another: what others are issued with comes first. A failure does not stop the rest. Each is
 * followed up to its grace period. Skips those that are being rotated already, and those of which the caller may not. Returns 0,
 * or 1 when one failed.
 */
export async function rotateAll(options: RotateAllOptions): Promise<number> {
  const { output, dryRun = false, quiet = false } = options;
  const { state } = await withLog((log) => log.view());
  const secrets = inOrder(state);
  const progress = quiet || output !== 'table' ? noProgressOutput : createProgressOutput();
  const results: Rotated[] = [];
  for (const secret of secrets) {
    progress.present(`${secret.name} (${results.length + 1} of ${secrets.length}) …`);
    const result = await rotateOne(secret, options, named(progress, secret.name));
    if (!dryRun) progress.happened(`${secret.name}: ${result.message}`);
    results.push(result);
  }
  progress.clear();
  const count = (counted: Rotated['result']) => results.filter(({ result }) => result === counted).length;
  const failed = count('failed');
  const data = {
    rotated: count('rotated') + count('planned'),
    skipped: count('skipped'),
    failed,
    isDryRun: dryRun,
    secrets: results,
  };
  await print(output, data, () => textOf(results));
  for (const { name, hint, result } of results)
    if (result === 'failed' && hint !== null) toStderr(`hint: ${name}: ${hint}`);
  return failed === 0 ? exitCodes.done.code : exitCodes.undone.code;
}

/** Returns the secrets in the order in which they are rotated: by kind, then by name. */
export function inOrder(state: State): Secret[] {
  const order = secretKinds.map(({ name }) => name);
  const secrets = all(state, 'Secret').map(({ value }) => value);
  return secrets.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (a.name < b.name ? -1 : 1));
}

async function rotateOne(secret: Secret, options: RotateAllOptions, progress: ProgressOutput): Promise<Rotated> {
  const began = performance.now();
  const { name, kind } = secret;
  const of = (more: Pick<Rotated, 'result' | 'message' | 'hint'> & Partial<Rotated>): Rotated => {
    const durationMs = Math.round(performance.now() - began);
    return { name, kind, state: null, rotation: null, durationMs, ...more };
  };
  try {
    return of(await (options.dryRun === true ? planned(secret, options) : rotated(secret, options, progress)));
  } catch (error) {
    // A Temporal, a NATS or a worker that is away for one may be back for the next.
    if (!(error instanceof Failure)) throw error;
    return of({ result: 'failed', message: error.message, hint: error.details.hint ?? null });
  }
}

type Ended = Pick<Rotated, 'result' | 'message' | 'hint'> & Partial<Rotated>;

async function planned(secret: Secret, options: RotateAllOptions): Promise<Ended> {
  const { planned: plan } = await withOperations((operations) =>
    operations.preview(rotateSecret, inputFor(secret, options), originOf(options)),
  );
  if (plan.kind === 'refused') return refused(plan.refusal, secret.name);
  return { result: 'planned', message: `version ${secret.version} to ${secret.version + 1}`, hint: null };
}

/** Its own connections, since the credential with which they were made may be the one that was just rotated. */
function rotated(secret: Secret, options: RotateAllOptions, progress: ProgressOutput): Promise<Ended> {
  return withOperations(async (operations, connections) => {
    const handle = await operations.start(rotateSecret, inputFor(secret, options), originOf(options));
    const { result } = await followed('operation', { handle, isQuiet: true }, async (stop) => {
      const ending = await provenEnding(handle, connections);
      await stop([]);
      return ending;
    });
    const begun = rotationOf(result);
    if (begun === null) {
      if (result.refusal) return refused(result.refusal, secret.name);
      return { result: 'failed', message: result.detail ?? result.result, hint: null };
    }
    const rotation = await followRotation(connections, begun, progress);
    const { exitCode, sentence: message, hint } = endingOfRotation(rotation);
    return { result: exitCode === 0 ? 'rotated' : 'failed', state: rotation.state, message, hint, rotation };
  });
}

/** The log as it is after the refusal: whoever rotates the secret may have come further, or have begun just now. */
async function refused(refusal: Refusal, name: string): Promise<Ended> {
  if (refusal.code !== RUNNING) return endingOfRefusal(refusal, undefined);
  const { state } = await withLog((log) => log.view());
  return endingOfRefusal(refusal, find(state, 'Secret', name)?.value);
}

const RUNNING = 'rotation-running';

/** The result for a secret whose rotation was refused. */
export type RefusedEnding = Pick<Rotated, 'message' | 'hint'> & { readonly result: 'skipped' | 'failed' };

/** Returns the result for a secret whose rotation was refused. `secret`: the secret after the refusal; undefined: not known. */
export function endingOfRefusal({ code, message, hint }: Refusal, secret: Secret | undefined): RefusedEnding {
  const failed = { result: 'failed', message, hint: hint ?? null } as const;
  if (code === 'not-own-key') return skipped(message);
  // A person must bring the value, so nobody expects it here.
  if (code === 'value-missing') return skipped(hint === undefined ? message : `${message}. ${hint}`);
  if (code !== RUNNING || secret === undefined) return failed;
  const { rotation, name, version } = secret;
  if (rotation === null)
    return skipped(`it was being rotated already; that has ended, and version ${version} is in force`);
  const { phase, isHeld, isStuck, by, startedAt, former, graceUntil } = rotation;
  if (isHeld || isStuck) return failed;
  if (phase !== 'grace') {
    return skipped(
      `it is being rotated already, by ${by} since ${startedAt} (phase ${phase}). See: hecate read secret status --name ${name}`,
    );
  }
  const until = graceUntil === null ? 'until the next rotation' : `until ${graceUntil}`;
  return skipped(`version ${version} is in force already, and version ${former.version} stays valid ${until}`);
}

function skipped(message: string): RefusedEnding {
  return { result: 'skipped', message, hint: null };
}

function inputFor({ name }: Secret, { strategy, grace }: RotateAllOptions) {
  return rotateSecret.input.parse({
    name,
    ...(strategy === undefined ? {} : { strategy }),
    ...(grace === undefined ? {} : { grace }),
  });
}

function named(progress: ProgressOutput, name: string): ProgressOutput {
  return {
    happened: (text) => progress.happened(`${name}: ${text}`),
    present: (text) => progress.present(`${name}: ${text}`),
    clear: () => progress.clear(),
  };
}

function textOf(results: readonly Rotated[]): string {
  if (results.length === 0) return 'no secrets';
  const rows = results.map(({ name, kind, result, durationMs, message }) => [
    ...[name, kind, result, result === 'planned' || result === 'skipped' ? '–' : timeSpan(durationMs)],
    message,
  ]);
  const failed = results.filter(({ result }) => result === 'failed').length;
  const end = failed === 0 ? '' : `\n${failed} of ${results.length} failed`;
  return table(['NAME', 'KIND', 'RESULT', 'TOOK', 'DETAIL'], rows) + end;
}
