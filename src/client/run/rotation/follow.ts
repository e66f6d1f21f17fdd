import { setTimeout as sleep } from 'node:timers/promises';
import { find } from '../../../domain/log/state.js';
import { missingSecret } from '../../../operations/rules/route.js';
import { connectionsHere } from '../../connect/connections-here.js';
import { withLog } from '../../connect/with-log.js';
import { absent } from '../../reads/read.js';
import { createLogReader } from '../../../adapters/log/index.js';
import { exitCodes } from '../../../domain/refusal.js';
import { Failure } from '../../../ports/failure.js';
import type { LogReader } from '../../../ports/event-log.js';
import { cliNats, type Connections } from '../../../stack/connections.js';
import type { OperationResult } from '../../../workflows/contracts/operation.js';
import { phaseWork } from '../../../domain/secrets/rotation-words.js';
import { asTyped } from '../../print/as-typed.js';
import { errorData } from '../../print/error-output.js';
import { print, printText, type OutputFormat } from '../../print/output.js';
import { createProgressOutput, noProgressOutput, type ProgressOutput } from '../../print/progress-output.js';
import { toStderr } from '../../print/visible.js';
import { afterEntry, endingOfRotation, isSettled, newLines, reportOf, type RotationReport } from './report.js';

const POLL_MS = 150;
/** A person learns after this time that nothing happens. */
const SILENCE_MS = 3_000;
/** Without news for so long a command stops waiting: no call of a phase takes longer. */
const LONGEST_SILENCE_MS = 120_000;
/** The same while a phase is tried again; the same problem is no news. */
const LONGEST_RETRIES_MS = 900_000;

/** The rotation that an operation began or changed, and the sequence of its commit. */
export interface BegunRotation {
  readonly report: RotationReport;
  readonly sequence: number;
}

/** Returns the rotation that a completed operation began or changed; null: it changed none. */
export function rotationOf({ result, changes, sequence }: OperationResult): BegunRotation | null {
  const change = changes.find(({ kind }) => kind === 'Secret');
  if (result !== 'completed' || change?.kind !== 'Secret' || change.after === null || sequence === null) return null;
  const report = reportOf(change.after);
  return report && { report, sequence };
}

/**
 * Follows the rotation of a secret that runs, or prints how the last one ended. Returns the exit code. Throws `missing` for an
 * unknown secret, and for one that was never rotated.
 */
export async function followSecret(name: string, output: OutputFormat): Promise<number> {
  const { state } = await withLog((log) => log.view());
  const stored = find(state, 'Secret', name);
  if (stored === undefined) throw absent(missingSecret(state, name));
  const report = reportOf(stored.value);
  if (report === null) {
    const hint = `Begin one: hecate update secret rotate --name ${name}`;
    throw new Failure('missing', `secret ${name} was never rotated`, { hint });
  }
  const sequence = stored.revision;
  const isQuiet = output !== 'table';
  return followedRotation(connectionsHere(), { report, sequence }, { output, isQuiet, data: {}, wantsUndo: false });
}

/** The output of a followed rotation. */
export interface RotationOutput {
  readonly output: OutputFormat;
  readonly isQuiet: boolean;
  /** Result of the operation, which is printed with the rotation. */
  readonly data: object;
  /** The command is to undo the rotation, so that an undone one is a success. */
  readonly wantsUndo: boolean;
}

/** Follows a rotation as {@link followRotation} does, and prints how it ended. Returns the exit code. */
export async function followedRotation(
  connections: Connections,
  begun: BegunRotation,
  { output, isQuiet, data, wantsUndo }: RotationOutput,
): Promise<number> {
  const report = await followRotation(connections, begun, isQuiet ? noProgressOutput : createProgressOutput());
  const { exitCode, sentence, hint } = endingOfRotation(report, wantsUndo);
  const isFine = exitCode === 0;
  if (output !== 'table') {
    const kind = report.state === 'undone' ? 'undone' : 'stuck';
    const error = isFine ? {} : errorData({ kind, message: sentence, ...(hint === null ? {} : { hint }) });
    await print(output, { ...data, rotation: report, ...error }, () => '');
  } else if (isFine) printText(asTyped(sentence));
  if (!isFine) toStderr(`error: ${sentence}`);
  if (hint !== null && (output === 'table' || !isFine)) toStderr(`hint: ${hint}`);
  return exitCode;
}

/**
 * Follows a rotation in the log until it has ended, waits for a person, or has a long grace period before it. Shows each phase as
 * it ends. Ctrl-C leaves it running. Throws `unavailable` when the log does not answer for 45 s, or nothing happens for two
 * minutes.
 */
export async function followRotation(
  connections: Connections,
  { report: begun, sequence }: BegunRotation,
  output: ProgressOutput,
): Promise<RotationReport> {
  const { name } = begun;
  const detach = () => {
    output.clear();
    toStderr(`\ndetached; the rotation goes on\nSee it: hecate read secret status --name ${name}`);
    process.exit(exitCodes.detached.code);
  };
  process.once('SIGINT', detach);
  try {
    return await untilSettled(reopening(connections, name), { report: begun, sequence }, output);
  } finally {
    output.clear();
    process.removeListener('SIGINT', detach);
  }
}

async function untilSettled(log: Reopened, begun: BegunRotation, output: ProgressOutput): Promise<RotationReport> {
  let { report, sequence } = begun;
  let newsAt = performance.now();
  let isSaid = false;
  try {
    while (!isSettled(report, Date.now())) {
      present(report, output);
      const before = report;
      for (const entry of await log.entriesAfter(sequence)) {
        const next = afterEntry(report, entry);
        for (const line of newLines(report, next)) output.happened(line);
        report = next;
        sequence = entry.position.sequence;
      }
      if (report !== before) {
        newsAt = performance.now();
        isSaid = false;
        continue;
      }
      const silentMs = performance.now() - newsAt;
      if (silentMs > SILENCE_MS && !isSaid && report.problem === null && report.state === 'running') {
        output.happened(`no news for 3 s; the rotation goes on when a worker runs (see: hecate status)`);
        isSaid = true;
      }
      if (silentMs > (report.problem === null ? LONGEST_SILENCE_MS : LONGEST_RETRIES_MS)) throw silent(report);
      await sleep(POLL_MS);
    }
    return report;
  } finally {
    await log.close();
  }
}

function present({ phases, state }: RotationReport, output: ProgressOutput): void {
  const phase = phases.at(-1)?.phase;
  if (phase !== undefined && state !== 'undone') output.present(`${phase} (${phaseWork[phase]}) …`);
}

function silent({ name, phases }: RotationReport): Failure {
  const phase = phases.at(-1)?.phase ?? 'preflight';
  const message = `no news of the rotation of secret ${name} for ${LONGEST_SILENCE_MS / 1_000} s (phase ${phase}); it goes on when a worker runs`;
  return new Failure('unavailable', message, {
    system: 'worker',
    hint: `See what runs: hecate status. See the rotation: hecate read secret status --name ${name}`,
  });
}

/** A log that is opened again when the connection is lost, as it is when the credential of commands itself is rotated. */
interface Reopened {
  entriesAfter(sequence: number): Promise<Awaited<ReturnType<typeof entriesOf>>>;
  close(): Promise<void>;
}

/** Time (ms) for which a log that does not answer is asked again. */
const PATIENCE_MS = 45_000;
const AGAIN_MS = 500;

function reopening(connections: Connections, name: string): Reopened {
  let opened: LogReader | null = null;
  const close = async () => {
    const reader = opened;
    opened = null;
    await reader?.close().catch(() => undefined);
  };
  return {
    close,
    async entriesAfter(sequence) {
      for (const deadline = Date.now() + PATIENCE_MS; ;) {
        try {
          opened ??= await createLogReader(cliNats(connections));
          return await entriesOf(opened, sequence);
        } catch (cause) {
          await close();
          if (Date.now() > deadline) throw unreadable(name, cause);
          await sleep(AGAIN_MS);
        }
      }
    },
  };
}

async function entriesOf(log: LogReader, after: number) {
  const entries = [];
  for await (const entry of log.entries(after + 1)) entries.push(entry);
  return entries;
}

function unreadable(name: string, cause: unknown): Failure {
  return new Failure('unavailable', `the log does not answer; the rotation of secret ${name} goes on`, {
    system: 'nats',
    hint: `See what runs: hecate status. See the rotation: hecate read secret status --name ${name}`,
    cause,
  });
}
