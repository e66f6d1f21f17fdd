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

/** Runs commands, a few at a time, and returns those that ended as a bug or wrote control characters. */
async function bad(commands: readonly (readonly string[])[]): Promise<string[]> {
  const waiting = commands.entries();
  const found: string[] = [];
  const work = async () => {
    for (const [at, words] of waiting) {
      const ran = await stack.run(...words);
      const why = problemOf(ran);
      if (why !== null) found.push(`${at + 1}: ${why}: ${JSON.stringify(words).slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
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
