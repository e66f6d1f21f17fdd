import { open, type FileHandle } from 'node:fs/promises';
import { PROBE_HEADER } from '../../domain/caddy/probe.js';
import { Failure } from '../../ports/failure.js';

const CHUNK_BYTES = 1_048_576;
/** How far back the log is read at most; on a busier proxy the count is a lower bound. */
const LONGEST_TAIL_BYTES = 32 * CHUNK_BYTES;
const NEWLINE = 0x0a;

/** Requests for `host` in the last `seconds`, from the end of Caddy's JSON access log; probes do not count. */
export async function recentRequests(
  system: string,
  file: string | null,
  host: string,
  seconds: number,
): Promise<number> {
  if (file === null) throw unreadable(system, 'no access log is configured');
  const since = Date.now() / 1_000 - seconds;
  const handle = await open(file).catch((cause: unknown) => {
    throw unreadable(system, `the access log ${file} cannot be read`, cause);
  });
  try {
    return await countSince(handle, host, since);
  } finally {
    await handle.close();
  }
}

async function countSince(handle: FileHandle, host: string, since: number): Promise<number> {
  let count = 0;
  for await (const line of linesBackwards(handle)) {
    const entry = parse(line);
    if (!entry) continue;
    if (entry.ts < since) break;
    if (!entry.isProbe && covers(host, entry.host)) count++;
  }
  return count;
}

/** The lines, newest first. A chunk's first line may be cut off: it is kept and completed by the next chunk. */
async function* linesBackwards(handle: FileHandle): AsyncIterable<string> {
  const { size } = await handle.stat();
  const floor = Math.max(0, size - LONGEST_TAIL_BYTES);
  let rest = Buffer.alloc(0);
  for (let end = size; end > floor;) {
    const start = Math.max(floor, end - CHUNK_BYTES);
    const chunk = Buffer.alloc(end - start);
    await handle.read(chunk, 0, chunk.length, start);
    const bytes = Buffer.concat([chunk, rest]);
    const cut = start === 0 ? 0 : bytes.indexOf(NEWLINE) + 1;
    rest = Buffer.from(bytes.subarray(0, cut));
    yield* bytes.subarray(cut).toString('utf8').split('\n').reverse();
    end = start;
  }
}

function parse(line: string): { ts: number; host: string; isProbe: boolean } | null {
  try {
    const entry = JSON.parse(line) as { ts?: unknown; request?: { host?: unknown; headers?: object } };
    if (typeof entry.ts !== 'number' || typeof entry.request?.host !== 'string') return null;
    const host = entry.request.host.replace(/:\d+$/, '').toLowerCase();
    return { ts: entry.ts, host, isProbe: PROBE_HEADER in (entry.request.headers ?? {}) };
  } catch {
    return null;
  }
}

/** A wildcard stands for one label, as in Caddy. */
function covers(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === host;
  return host.slice(host.indexOf('.')) === pattern.slice(1) && host.indexOf('.') > 0;
}

/** What is said when an access log cannot be read. */
export function unreadable(system: string, why: string, cause?: unknown): Failure {
  const hint = 'Set HECATE_CADDY_ACCESS_LOG to a readable file, or use --force.';
  return new Failure('unavailable', `${system}: ${why}`, { system, hint, cause });
}
