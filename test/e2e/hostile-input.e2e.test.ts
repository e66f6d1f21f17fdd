import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { COMMAND_LINES, MANIFESTS, mutated, randomFrom } from '../builders/mutations.js';
import { startStack, type Finished, type TestStack } from './stack.js';

/** Number of manifests and of command lines; `HECATE_MUTATIONS=1000` for the whole measurement. */
const COUNT = Number(process.env['HECATE_MUTATIONS'] ?? 24);
/** Commands at a time. */
const AT_A_TIME = 2;
/** Longest time that a command may take, in milliseconds. */
const MOST_MS = 2_000;
/** The same on a busy machine, as a multiple of the time of a usual command, which takes about a third of a second. */
const MOST_TIMES_USUAL = 6;
/** Longest argument of a process on Linux (MAX_ARG_STRLEN). */
const LONGEST_ARGUMENT = 131_000;

let stack: TestStack;
let folder: string;
beforeAll(() => {
  stack = startStack();
  folder = mkdtempSync(join(tmpdir(), 'hecate-hostile-'));
});
afterAll(() => {
  stack.stop();
  rmSync(folder, { recursive: true });
});

/**
 * Runs commands, a few at a time, and returns those that ended as a bug, wrote control characters or took too long. One that
 * took long runs again alone, beside a usual command: the machine may have been busy. Prints the figures.
 */
async function bad(commands: readonly (readonly string[])[]): Promise<string[]> {
  const waiting = commands.entries();
  const found: string[] = [];
  const late: number[] = [];
  const statuses = new Map<number | null, number>();
  const describe = (at: number, why: string) => `${at + 1}: ${why}: ${JSON.stringify(commands[at]).slice(0, 300)}`;
  const timed = async (at: number) => {
    const began = performance.now();
    const ran = await stack.run(...(commands[at] ?? []));
    return { ran, ms: performance.now() - began };
  };
  const times: number[] = [];
  const work = async () => {
    for (const [at] of waiting) {
      const { ran, ms } = await timed(at);
      times.push(ms);
      statuses.set(ran.status, (statuses.get(ran.status) ?? 0) + 1);
      const why = problemOf(ran);
      if (why !== null) found.push(describe(at, why));
      if (ms > MOST_MS) late.push(at);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  for (const at of late) {
    const { ms } = await timed(at);
    const began = performance.now();
    await stack.run('read', 'route', '--domain', 'usual.example.com');
    if (ms > Math.max(MOST_MS, MOST_TIMES_USUAL * (performance.now() - began)))
      found.push(describe(at, `${Math.round(ms)} ms`));
  }
  const middle = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
  const codes = [...statuses].map(([status, count]) => `${count} with ${status}`).join(', ');
  console.log(
    `${commands.length} commands ended: ${codes}; median ${Math.round(middle)} ms, longest ${Math.round(Math.max(...times))} ms`,
  );
  return found;
}

function problemOf({ status, stdout, stderr }: Finished): string | null {
  if (status === null || status === 70) return `status ${status}, ${stderr.slice(0, 500)}`;
  // Data stays as it is; talk and tables do not.
  return /[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]/.test(
    stdout.startsWith('{') || stdout.startsWith('[') ? stderr : stdout + stderr,
  )
    ? 'raw control characters'
    : null;
}

it('is answered: mutated command lines', { timeout: 60_000 + COUNT * 4_000 }, async () => {
  const commands = Array.from({ length: COUNT }, (_, index) => {
    const random = randomFrom(index + 1);
    const words = COMMAND_LINES[index % COMMAND_LINES.length] ?? [];
    const at = 1 + Math.floor(random() * (words.length - 1));
    // No argument of a process holds a zero byte.
    return words.map((word, place) =>
      place === at ? mutated(word, random).replaceAll('\0', '').slice(0, LONGEST_ARGUMENT) : word,
    );
  });
  expect(await bad(commands)).toEqual([]);
});

it('is answered: mutated manifests', { timeout: 60_000 + COUNT * 4_000 }, async () => {
  const commands = Array.from({ length: COUNT }, (_, index) => {
    const site = join(folder, String(index));
    mkdirSync(site);
    const text = mutated(MANIFESTS[index % MANIFESTS.length] ?? '', randomFrom(index + 1));
    writeFileSync(join(site, 'a.yaml'), text);
    return index % 2 === 0
      ? ['update', 'validate', '--from-git', site]
      : ['update', 'apply', '--from-git', site, '--dry-run'];
  });
  expect(await bad(commands)).toEqual([]);
});
