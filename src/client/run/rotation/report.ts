import type { LogEntry } from '../../../domain/log/commit.js';
import type { Secret } from '../../../domain/resources/secret.js';
import { courseOf, type EndedRotation, type Phase, type Rotation } from '../../../domain/secrets/rotation.js';
import { timeSpan } from '../../print/relative-time.js';
import { endOfFormer, phaseWork, wayOut } from '../../../domain/secrets/rotation-words.js';

/** One phase of a rotation, with its times (ISO 8601 UTC). */
export interface PhaseReport {
  readonly phase: Phase;
  readonly startedAt: string;
  /** Null: it has not ended. */
  readonly endedAt: string | null;
  readonly durationMs: number | null;
}

/** A rotation as the log has it so far. */
export interface RotationReport {
  readonly id: string;
  readonly name: string;
  readonly strategy: Rotation['strategy'];
  readonly fromVersion: number;
  readonly toVersion: number;
  /** State of the old value after the rotation completed, as a sentence without a full stop. */
  readonly formerEnd: string;
  /** `grace`: committed, both values are valid. */
  readonly state: 'running' | 'grace' | 'held' | 'stuck' | EndedRotation['result'];
  readonly phases: readonly PhaseReport[];
  /** The last failure; null: there is none. */
  readonly problem: string | null;
  /** End of the grace period; null: it has none, or has not begun. */
  readonly graceUntil: string | null;
  /** Milliseconds in which no value was valid; null: none. */
  readonly downMs: number | null;
  /** Whole commands for a person; empty: nobody needs to act. */
  readonly wayOut: readonly string[];
}

/** Returns the report of the rotation that runs, else of the last one, without the phases before; null: there was none. */
export function reportOf(secret: Secret): RotationReport | null {
  const { name, rotation, lastRotation, version } = secret;
  if (rotation !== null) return withRotation({ ...unknown(rotation, secret), phases: [] }, rotation);
  if (lastRotation === null) return null;
  const { id, strategy, startedAt, endedAt, result } = lastRotation;
  const fromVersion = result === 'undone' ? version : version - 1;
  const formerEnd = endOfFormer(secret, fromVersion);
  const known = { id, name, strategy, fromVersion, toVersion: fromVersion + 1, formerEnd };
  const phases = [reported('preflight', startedAt, endedAt)];
  return withEnd({ ...known, ...NOTHING, phases }, lastRotation);
}

/** Returns the report after an entry of the log; the same one when the entry does not concern it. */
export function afterEntry(report: RotationReport, { message }: LogEntry): RotationReport {
  if (message.type !== 'committed') return report;
  const change = message.changes.find(({ kind, name }) => kind === 'Secret' && name === report.name);
  if (change?.kind !== 'Secret' || change.after === null) return report;
  const { rotation, lastRotation } = change.after;
  if (rotation?.id === report.id) return withRotation(report, rotation);
  return lastRotation?.id === report.id ? withEnd(report, lastRotation) : report;
}

const NOTHING = { state: 'running', problem: null, graceUntil: null, downMs: null, wayOut: [] } as const;

function unknown({ id, strategy, former, next }: Rotation, secret: Secret) {
  const versions = { fromVersion: former.version, toVersion: next.version };
  return { id, name: secret.name, strategy, ...versions, formerEnd: endOfFormer(secret, former.version), ...NOTHING };
}

function withRotation(report: RotationReport, rotation: Rotation): RotationReport {
  const { phase, phaseSince, isStuck, isHeld, problem, graceUntil, downMs } = rotation;
  const state = isStuck ? 'stuck' : isHeld ? 'held' : phase === 'grace' ? 'grace' : 'running';
  return {
    ...report,
    ...{ state, problem, graceUntil, downMs, wayOut: wayOut(report.name, rotation) },
    phases: entered(report.phases, phase, phaseSince),
  };
}

function withEnd(report: RotationReport, { result, problem, downMs, endedAt }: EndedRotation): RotationReport {
  return { ...report, state: result, problem, downMs, wayOut: [], phases: closed(report.phases, endedAt) };
}

/** A phase that the log went back to, since its operation was undone, goes on. */
function entered(phases: readonly PhaseReport[], phase: Phase, since: string): readonly PhaseReport[] {
  const known = phases.findIndex((one) => one.phase === phase && one.startedAt === since);
  if (known >= 0) return [...phases.slice(0, known), reported(phase, since, null)];
  return [...closed(phases, since), reported(phase, since, null)];
}

function closed(phases: readonly PhaseReport[], at: string): readonly PhaseReport[] {
  const last = phases.at(-1);
  if (last === undefined || last.endedAt !== null) return phases;
  return [...phases.slice(0, -1), reported(last.phase, last.startedAt, at)];
}

function reported(phase: Phase, startedAt: string, endedAt: string | null): PhaseReport {
  const durationMs = endedAt === null ? null : Math.max(0, Date.parse(endedAt) - Date.parse(startedAt));
  return { phase, startedAt, endedAt, durationMs };
}

/** Longest grace period (ms) that a command waits for. */
const LONGEST_WAIT_MS = 60_000;

/** Returns true when a command has nothing more to wait for: the rotation has ended, waits for a person, or for a long time. */
export function isSettled({ state, graceUntil }: RotationReport, now: number): boolean {
  if (state === 'running') return false;
  return state !== 'grace' || graceUntil === null || Date.parse(graceUntil) - now > LONGEST_WAIT_MS;
}

/** Returns a line for each phase that ended between two reports, and for a new failure. */
export function newLines(before: RotationReport, after: RotationReport): string[] {
  const ended = after.phases.filter(({ endedAt }) => endedAt !== null);
  const known = before.phases.filter(({ endedAt }) => endedAt !== null).length;
  const lines = ended.slice(known).map(({ phase, durationMs }) => {
    return `${phase} (${phaseWork[phase]}): ${timeSpan(durationMs ?? 0)}`;
  });
  const isNews = after.problem !== null && after.problem !== before.problem;
  return isNews ? [...lines, `${after.phases.at(-1)?.phase}: ${after.problem}`] : lines;
}

/** The end of following a rotation, for a person and for the exit code. */
export interface RotationEnding {
  /** 0, 1 for undone, 7 when a person must act. */
  readonly exitCode: number;
  /** One sentence or two without a line break. */
  readonly sentence: string;
  /** The way out; null: none is needed. */
  readonly hint: string | null;
}

/** Returns the end of following a rotation. `wantsUndo`: the command was to undo it. */
export function endingOfRotation(report: RotationReport, wantsUndo = false): RotationEnding {
  const { name, fromVersion, toVersion, formerEnd, problem, phases, graceUntil, downMs } = report;
  const status = `hecate read secret status --name ${name}`;
  const down = downMs === null ? '' : ` Its users were without a valid value for at most ${timeSpan(downMs)}.`;
  const phase = phases.at(-1)?.phase ?? 'preflight';
  switch (report.state) {
    case 'completed':
      return fine(`version ${toVersion} of secret ${name} is in force, and ${formerEnd}.${down}`);
    case 'grace': {
      const until = graceUntil === null ? 'until the next rotation' : `until ${graceUntil}; then it is revoked`;
      const sentence = `version ${toVersion} of secret ${name} is in force. Version ${fromVersion} stays valid ${until}.`;
      return { exitCode: 0, sentence, hint: `Revoke it now: ${report.wayOut[0]}. See it: ${status}` };
    }
    case 'held': {
      const current = isCommittedReport(report) ? toVersion : fromVersion;
      const sentence = `held before the phase ${phase} (${phaseWork[phase]}); version ${current} of secret ${name} is in force.`;
      return { exitCode: 0, sentence, hint: wayOutText(report) };
    }
    case 'undone': {
      const sentence = `the rotation of secret ${name} was undone; version ${fromVersion} stays in force`;
      if (wantsUndo) return fine(`${sentence}.`);
      const hint = `Remove the cause, then rotate it again: hecate update secret rotate --name ${name}`;
      return { exitCode: 1, sentence: `${sentence}: ${problem ?? 'the reason is unknown'}`, hint };
    }
    case 'still-accepted': {
      const sentence = `version ${toVersion} of secret ${name} is in force; version ${fromVersion} was revoked, and it is still accepted: ${problem ?? ''}`;
      return { exitCode: 7, sentence, hint: `Revoke it at the system itself. See: ${status}` };
    }
    case 'stuck': {
      const sentence = `the rotation of secret ${name} is stuck in the phase ${phase}: ${problem ?? 'the reason is unknown'}`;
      return { exitCode: 7, sentence, hint: `Remove the cause. ${wayOutText(report)}` };
    }
    case 'running':
      return {
        exitCode: 0,
        sentence: `the rotation of secret ${name} goes on (phase ${phase}).`,
        hint: `See it: ${status}`,
      };
  }
}

function fine(sentence: string): RotationEnding {
  return { exitCode: 0, sentence, hint: null };
}

function wayOutText({ wayOut: [first, second] }: RotationReport): string {
  return second === undefined ? `Go on: ${first}` : `Go on: ${first}. Undo it: ${second}`;
}

function isCommittedReport({ phases, strategy }: RotationReport): boolean {
  const course = courseOf({ strategy, revokesFirst: false });
  const phase = phases.at(-1)?.phase ?? 'preflight';
  return course.indexOf(phase) > course.indexOf('commit');
}
