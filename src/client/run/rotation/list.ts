import type { Commit, LogEntry } from '../../../domain/log/commit.js';
import { actorText } from '../../../domain/log/commit.js';
import type { LogReader } from '../../../ports/event-log.js';
import { ROTATION_WORKFLOW } from '../../../workflows/contracts/rotation.js';
import { timeSpan } from '../../print/relative-time.js';
import type { ListedOperation } from '../list-operations.js';
import { afterEntry, reportOf, type RotationReport } from './report.js';

/** A rotation as the log has it, with who began it. */
interface LoggedRotation {
  readonly report: RotationReport;
  readonly startedAt: string;
  readonly by: string;
}

/** A rotation begins in the log some time before its workflow starts, by clocks of two machines. */
const SLACK_MS = 60_000;

/** Returns the operations with the phases of each rotation among them, and how it ended, as the log has them. */
export async function withRotations(
  operations: readonly ListedOperation[],
  log: Pick<LogReader, 'entriesBackwards'>,
): Promise<ListedOperation[]> {
  const rows = operations.filter(({ operation }) => operation === ROTATION_WORKFLOW);
  if (rows.length === 0) return [...operations];
  const oldest = Math.min(...rows.map(({ startedAt }) => Date.parse(startedAt))) - SLACK_MS;
  const names = new Set(rows.map(({ subject }) => subject));
  const logged = rotationsIn(await entriesSince(log, new Date(oldest).toISOString(), names));
  return operations.map((row) => (row.operation === ROTATION_WORKFLOW ? filled(row, logged) : row));
}

/** Returns the commits that changed one of the secrets since then, oldest first. */
async function entriesSince(
  log: Pick<LogReader, 'entriesBackwards'>,
  since: string,
  names: ReadonlySet<string>,
): Promise<LogEntry[]> {
  const found: LogEntry[] = [];
  for await (const entry of log.entriesBackwards()) {
    const { message } = entry;
    if (message.type !== 'committed') continue;
    if (message.at < since) break;
    if (message.changes.some(({ kind, name }) => kind === 'Secret' && names.has(name))) found.push(entry);
  }
  return found.reverse();
}

function rotationsIn(entries: readonly LogEntry[]): readonly LoggedRotation[] {
  const known = new Map<string, LoggedRotation>();
  for (const entry of entries) {
    for (const [id, one] of known) known.set(id, { ...one, report: afterEntry(one.report, entry) });
    if (entry.message.type !== 'committed') continue;
    for (const begun of begunIn(entry.message)) if (!known.has(begun.report.id)) known.set(begun.report.id, begun);
  }
  return [...known.values()];
}

function begunIn(commit: Commit): LoggedRotation[] {
  return commit.changes.flatMap((change) => {
    if (change.kind !== 'Secret' || change.after?.rotation == null) return [];
    const report = reportOf(change.after);
    const { startedAt } = change.after.rotation;
    return report === null ? [] : [{ report, startedAt, by: change.after.rotation.by || actorText(commit) }];
  });
}

/** The newest rotation of the secret that began before the workflow ended is that of the workflow. */
function filled(row: ListedOperation, logged: readonly LoggedRotation[]): ListedOperation {
  const { endedAt, subject } = row;
  const isOfRow = ({ report: { name }, startedAt }: LoggedRotation) =>
    name === subject && (endedAt === null || startedAt <= endedAt);
  const found = logged.findLast(isOfRow);
  if (found === undefined) return row;
  const { report, by, startedAt } = found;
  return { ...row, actor: by, startedAt, state: stateOf(report, row.state), detail: detailOf(report) };
}

function stateOf({ state }: RotationReport, known: ListedOperation['state']): ListedOperation['state'] {
  if (state === 'completed' || state === 'undone' || state === 'stuck') return state;
  return state === 'still-accepted' ? 'stuck' : known;
}

function detailOf({ strategy, fromVersion, toVersion, phases, state, problem }: RotationReport): string {
  const course = phases.map(({ phase, durationMs }) => {
    return durationMs === null ? `${phase}${state === 'held' ? ' (held)' : ''} …` : `${phase} ${timeSpan(durationMs)}`;
  });
  const why = problem === null ? '' : `. ${problem}`;
  return `version ${fromVersion} to ${toVersion}, ${strategy}: ${course.join(', ')}${why}`;
}
