import { open, type FileHandle } from 'node:fs/promises';
import { Failure } from '../../ports/failure.js';
import { parseEntry } from '../traffic/access-entry.js';

const CHUNK_BYTES = 1_048_576;
/** Limit of what is read from the end of the log. On a busy proxy the count is then a lower bound. */
const LONGEST_TAIL_BYTES = 32 * CHUNK_BYTES;
const NEWLINE = 0x0a;

/**
 * Counts the requests for each of `hosts` in the last `seconds`, read from the end of Caddy's JSON access log. Hecate's own
 * probes do not count. Throws `unavailable` without a readable log.
 */
export async function recentRequests(
  system: string,
  file: string | null,
  hosts: readonly string[],
  seconds: number,
): Promise<ReadonlyMap<string, number>> {
  if (file === null) throw accessLogFailure(system, 'the path of its access log is not configured');
  const sinceMs = Date.now() - seconds * 1_000;
  const handle = await open(file).catch((cause: unknown) => {
    throw accessLogFailure(system, `cannot read the access log ${file}`, cause);
  });
  try {
    return await countSince(handle, hosts, sinceMs);
  } finally {
    await handle.close();
  }
}

async function countSince(
  handle: FileHandle,
  hosts: readonly string[],
  sinceMs: number,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map(hosts.map((host) => [host, 0]));
  for await (const line of linesBackwards(handle)) {
    const entry = parseEntry(line);
    if (!entry) continue;
    if (entry.endedMs < sinceMs) break;
    if (entry.isOwn) continue;
    for (const pattern of [entry.host, wildcardOver(entry.host)]) {
      const count = counts.get(pattern);
      if (count !== undefined) counts.set(pattern, count + 1);
    }
  }
  return counts;
}

/** Yields the lines, newest first. The first line of a chunk may be cut off, so the next chunk completes it. */
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

/** Returns the pattern that covers a host. A wildcard stands for exactly one label, as in Caddy. */
function wildcardOver(host: string): string {
  return `*${host.slice(Math.max(0, host.indexOf('.')))}`;
}

/** The failure (`unavailable`) of a proxy without a readable access log. */
export function accessLogFailure(system: string, why: string, cause?: unknown): Failure {
  const hint = 'Set HECATE_CADDY_ACCESS_LOG to a file that the worker can read, or repeat the command with --force.';
  return new Failure('unavailable', `${system}: ${why}`, { system, hint, cause });
}
