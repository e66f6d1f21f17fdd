import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { startOfLog, type Position } from '../../domain/log/commit.js';
import type { EventLog, LogReader, LogView } from '../../ports/event-log.js';
import { Failure } from '../../ports/failure.js';

/** Files of a home that tell which log is its own, and how far it was seen. */
export interface WitnessFiles {
  /** Holds the id of the log; once it exists no log is ever made again. */
  readonly logId: string;
  /** Holds the newest commit that the worker saw. */
  readonly logHead: string;
}

interface Seen extends Position {
  readonly logId: string;
}

const WRITTEN_EVERY_MS = 1_000;

/**
 * The log, remembered in its home: a proxy that restarted has forgotten what it served, so nobody else would notice that
 * the log was lost or an older one restored. Every view throws `Failure('lost')` then, and nothing is written anywhere.
 */
export function witnessed<Log extends EventLog>(
  log: Log,
  files: WitnessFiles,
  onWarning: (message: string) => void,
): Log {
  let seen = readSeen(files);
  let isProven = false;
  let writing: NodeJS.Timeout | null = null;
  const write = () => {
    writing = null;
    try {
      writeSeen(files, seen);
    } catch (error) {
      onWarning(`what was seen of the log could not be written down: ${String(error)}`);
    }
  };
  const note = ({ logId, state }: LogView) => {
    const head = state.head ?? startOfLog;
    if (seen?.logId === logId && head.sequence <= seen.sequence) return;
    seen = { logId, ...head };
    writing ??= setTimeout(write, WRITTEN_EVERY_MS).unref();
  };
  return {
    ...log,
    async view() {
      let view = await log.view().catch((error: unknown) => Promise.reject(asLost(error, files)));
      // A view may be a moment older than what another caller has noted: only a fresh one tells.
      if ((await difference(log, view, seen, isProven)) !== null) view = await log.view();
      const problem = await difference(log, view, seen, isProven);
      if (problem !== null) throw lost(problem, files);
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

/** Throws `Failure('lost')` when this is not the log that the home knows, or ends before what was seen of it. */
export async function checkWitness(log: LogReader, files: WitnessFiles): Promise<void> {
  // Read first: what is written down meanwhile is in the view all the more.
  const seen = readSeen(files);
  const view = await log.view().catch((error: unknown) => Promise.reject(asLost(error, files)));
  const problem = await difference(log, view, seen, false);
  if (problem !== null) throw lost(problem, files);
}

/** A log that is not there is `lost` in a home that had one. */
export function asLost(error: unknown, files: WitnessFiles): unknown {
  const isMissing = error instanceof Failure && error.kind === 'missing' && error.details.system === 'nats';
  const isLost = isMissing && existsSync(files.logId);
  return isLost ? lost('the stream that held it is not there', files) : error;
}

/** How the log differs from what was seen; null: it goes on from there. `isProven`: the log had that commit when we looked before. */
async function difference(log: LogReader, view: LogView, seen: Seen | null, isProven: boolean): Promise<string | null> {
  if (seen === null) return null;
  const head = view.state.head ?? startOfLog;
  if (view.logId !== seen.logId) return `its id is ${view.logId}, not ${seen.logId}`;
  if (head.sequence < seen.sequence) return `it ends at ${head.sequence}, and ${seen.sequence} was seen here`;
  if (head.sequence === seen.sequence) return head.hash === seen.hash ? null : otherCommit(seen);
  if (isProven || seen.sequence === 0) return null;
  for await (const { position } of log.entries(seen.sequence))
    return position.hash === seen.hash ? null : otherCommit(seen);
  return null;
}

function otherCommit({ sequence }: Seen): string {
  return `its commit ${sequence} is another one than was seen here`;
}

function lost(what: string, { logHead }: WitnessFiles): Failure {
  return new Failure('lost', `the log was lost or an older one restored: ${what}. Nothing was written`, {
    system: 'nats',
    hint: `Restore the data of NATS; Caddy goes on as it is. To go on with the log that is there, remove ${logHead}.`,
  });
}

function readSeen({ logHead }: WitnessFiles): Seen | null {
  return existsSync(logHead) ? (JSON.parse(readFileSync(logHead, 'utf8')) as Seen) : null;
}

/** In one step: a reader sees the old or the new. */
function writeSeen({ logHead }: WitnessFiles, seen: Seen | null): void {
  const next = `${logHead}.${process.pid}.tmp`;
  writeFileSync(next, `${JSON.stringify(seen)}\n`, { mode: 0o600 });
  renameSync(next, logHead);
}
