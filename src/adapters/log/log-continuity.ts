import { existsSync, statSync } from 'node:fs';
import { startOfLog, type Position } from '../../domain/log/commit.js';
import type { EventLog, LogReader, LogView } from '../../ports/event-log.js';
import { Failure } from '../../ports/failure.js';
import { readJson, readText, writeJson, writePrivate, type OwnFile } from '../files/private-files.js';

/** Files of a home that record its log: the id, and the newest commit seen. */
export interface ContinuityFiles {
  /** File with the id of the log. Once it exists, `hecate up` never creates another log. */
  readonly logId: string;
  /** File with the newest commit that the worker saw. */
  readonly logHead: string;
}

interface LastSeen extends Position {
  readonly logId: string;
}

const WRITTEN_EVERY_MS = 1_000;
const NO_RECORD: OwnFile<LastSeen> = { value: null, broken: null };

/**
 * Wraps a log so that each view is compared with the newest commit recorded in the home, at most once a second written. A
 * log that was lost, or replaced by an older one, makes every view throw `lost`. Caddy's generation alone is not enough to
 * detect this, since a restarted Caddy has lost it. A person who removes the record accepts the present log, at once as after
 * a restart.
 */
export function withContinuityCheck<Log extends EventLog>(
  log: Log,
  files: ContinuityFiles,
  onWarning: (message: string) => void,
): Log {
  const recorded = readSeen(files);
  if (recorded.broken !== null) onWarning(`${recorded.broken}; it is written again from the log`);
  let seen = recorded.value;
  let isProven = false;
  let isRecorded = recorded.value !== null;
  let writing: NodeJS.Timeout | null = null;
  const write = () => {
    writing = null;
    try {
      if (seen === null) return;
      writeJson(files.logHead, seen);
      isRecorded = true;
    } catch (error) {
      onWarning(`cannot record the newest commit in ${files.logHead}: ${String(error)}`);
    }
  };
  const note = ({ logId, state }: LogView) => {
    const head = state.head ?? startOfLog;
    const isKnown = seen?.logId === logId && head.sequence <= seen.sequence;
    keepLogId(files, logId);
    if (isKnown && !isEmptied(files)) return;
    if (!isKnown) seen = { logId, ...head };
    if (isEmptied(files)) return write();
    writing ??= setTimeout(write, WRITTEN_EVERY_MS).unref();
  };
  return {
    ...log,
    async view() {
      let view = await log.view().catch((error: unknown) => Promise.reject(lostIfMissing(error, files)));
      if (!isProven && otherLog(view, recorded, files)) throw lost(otherLogText(view, files), files);
      // This view may be older than one that another caller recorded, so compare a fresh one before failing.
      if ((await difference(log, view, seen, isProven)) !== null) view = await log.view();
      const problem = await difference(log, view, seen, isProven);
      if (problem !== null) {
        if (!isRecorded || existsSync(files.logHead) || otherLog(view, NO_RECORD, files)) throw lost(problem, files);
        onWarning(`${files.logHead} was removed, so the present log is accepted although ${problem}`);
        seen = null;
      }
      isProven = true;
      note(view);
      return view;
    },
    async close() {
      if (writing !== null) {
        clearTimeout(writing);
        write();
      }
      await log.close();
    },
  };
}

/** Returns the id of the log that a home belongs to; null: it has seen none. */
export function knownLogId(files: ContinuityFiles): string | null {
  return readSeen(files).value?.logId ?? readText(files.logId).value;
}

/** Returns the log's id. Throws `lost` when the home recorded another one, or the log lacks the newest commit seen there. */
export async function checkContinuity(log: LogReader, files: ContinuityFiles): Promise<string> {
  // Read the record before the view: a commit recorded in between is in the view anyway.
  const recorded = readSeen(files);
  const view = await log.view().catch((error: unknown) => Promise.reject(lostIfMissing(error, files)));
  if (otherLog(view, recorded, files)) throw lost(otherLogText(view, files), files);
  const problem = await difference(log, view, recorded.value, false);
  if (problem !== null) throw lost(problem, files);
  return view.logId;
}

/** Converts a `missing` failure of the log to `lost` when the home had a log before. Returns other errors unchanged. */
export function lostIfMissing(error: unknown, files: ContinuityFiles): unknown {
  const isMissing = error instanceof Failure && error.kind === 'missing' && error.details.system === 'nats';
  const isLost = isMissing && existsSync(files.logId);
  return isLost ? lost(error.message, files) : error;
}

/** The difference between the log and the recorded commit; null when the log contains it. `isProven`: an earlier view contained it. */
async function difference(
  log: LogReader,
  view: LogView,
  seen: LastSeen | null,
  isProven: boolean,
): Promise<string | null> {
  if (seen === null) return null;
  const head = view.state.head ?? startOfLog;
  if (view.logId !== seen.logId) return `its id is ${view.logId}, not ${seen.logId}`;
  if (head.sequence < seen.sequence)
    return `it ends at commit ${head.sequence}, but had commit ${seen.sequence} before`;
  if (head.sequence === seen.sequence) return head.hash === seen.hash ? null : otherCommit(seen);
  if (isProven || seen.sequence === 0) return null;
  for await (const { position } of log.entries(seen.sequence))
    return position.hash === seen.hash ? null : otherCommit(seen);
  return null;
}

function otherCommit({ sequence }: LastSeen): string {
  return `its commit ${sequence} is not the one that was there before`;
}

function lost(what: string, { logHead, logId }: ContinuityFiles): Failure {
  return new Failure('lost', `the log was lost or an older one restored: ${what}. Nothing was written`, {
    system: 'nats',
    hint: `Restore the data of NATS; Caddy serves unchanged meanwhile. To continue with the present log: rm -f ${logHead} ${logId}`,
  });
}

/** Throws `lost` when NATS has another log than the one that the home belongs to. For commands, which only read. */
export function refuseOtherLog(found: string, files: ContinuityFiles, where: string): void {
  const named = knownLogId(files);
  if (named === null || named === found) return;
  throw new Failure('lost', `${where} has log ${found}, but this home belongs to log ${named}`, {
    system: 'nats',
    hint: `Set HECATE_NATS_URL to the NATS of this home, or HECATE_HOME to another home; each environment on a shared NATS needs a name: HECATE_ENVIRONMENT. To continue with the log that is there: rm -f ${files.logHead} ${files.logId}`,
  });
}

/** Returns true for another log than the home's, where there is no record of the newest commit, or a damaged one. */
function otherLog({ logId }: LogView, recorded: OwnFile<LastSeen>, files: ContinuityFiles): boolean {
  const id = readText(files.logId).value;
  return recorded.value === null && id !== null && id !== logId;
}

function otherLogText({ logId }: LogView, files: ContinuityFiles): string {
  return `its id is ${logId}, not ${readText(files.logId).value}`;
}

function readSeen({ logHead }: ContinuityFiles): OwnFile<LastSeen> {
  return readJson<LastSeen>(logHead, (value) => {
    const { logId, sequence } = (value ?? {}) as Partial<LastSeen>;
    return typeof logId === 'string' && typeof sequence === 'number';
  });
}

/** Writes the log's id again where the home has that of a log before, after a person accepted the present one. */
function keepLogId({ logId: file }: ContinuityFiles, logId: string): void {
  const { value } = readText(file);
  if (value !== null && value !== logId) writePrivate(file, `${logId}\n`);
}

/** Returns true when the file was emptied while this process ran. A person who removes it accepts the present log. */
function isEmptied({ logHead }: ContinuityFiles): boolean {
  return statSync(logHead, { throwIfNoEntry: false })?.size === 0;
}
