import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { drillReport, type DrillReport } from '../domain/backup/drill.js';
import { isObject } from '../domain/data/json.js';
import type { ErrorKind } from '../domain/refusal.js';
import type { DrillRun, Drills } from '../ports/backup/drills.js';
import { Failure } from '../ports/failure.js';
import type { Connections } from './connections.js';
import { packageRoot } from './settings/package-root.js';

/** What a drill reads from its standard input. */
export interface DrillRequest extends Pick<DrillRun, 'access' | 'identities'> {
  readonly from: string;
  readonly connections: Connections;
}

/** What a drill writes to its standard output, one JSON object a line; the last one is its result. */
export type DrillLine =
  | { readonly progress: string }
  | { readonly report: DrillReport }
  | { readonly failure: { readonly kind: ErrorKind; readonly message: string; readonly hint: string | null } };

/** Time (ms) that a drill gets to remove what it made, before it is killed. Its servers end with it. */
const GRACE_MS = 20_000;

/**
 * Creates {@link Drills}, which run in a process of their own: the memory and the files of a restore are not those of the worker.
 * What it needs goes through its standard input, so that no command line or environment has a credential.
 */
export function createDrills(connections: Connections): Drills {
  return {
    async run(from, { access, identities, onProgress, signal }) {
      const file = join(packageRoot(), 'dist', 'drill.cjs');
      const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'ignore'], env: process.env });
      let killing: NodeJS.Timeout | undefined;
      const end = () => {
        child.kill('SIGTERM');
        killing = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      };
      signal.addEventListener('abort', end, { once: true });
      child.stdin.on('error', () => undefined);
      child.stdin.end(JSON.stringify({ from, access, identities, connections } satisfies DrillRequest));
      try {
        return await reportOf(child, onProgress);
      } finally {
        clearTimeout(killing);
        signal.removeEventListener('abort', end);
      }
    },
  };
}

type Child = ReturnType<typeof spawn> & { readonly stdout: NodeJS.ReadableStream };

/** Reads the lines of a drill: `{progress}`, and last `{report}` or `{failure}`. */
async function reportOf(child: Child, onProgress: DrillRun['onProgress']): Promise<DrillReport> {
  let last: unknown = null;
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('close', (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`));
  });
  for await (const line of createInterface({ input: child.stdout })) {
    last = parsed(line);
    if (isObject(last) && typeof last['progress'] === 'string') onProgress(last['progress']);
  }
  const how = await ended;
  const { report, failure } = isObject(last) ? last : {};
  const read = drillReport.safeParse(report);
  if (read.success) return read.data;
  if (isObject(failure)) {
    const { kind, message, hint } = failure as unknown as Extract<DrillLine, { failure: unknown }>['failure'];
    throw new Failure(kind, message, hint === null ? {} : { hint });
  }
  throw new Failure('unavailable', `the restore drill ${how} without a result`, {
    hint: 'Run it by hand to see why: hecate backup drill --from PLACE',
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return null;
  }
}
