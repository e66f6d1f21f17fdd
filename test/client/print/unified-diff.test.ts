import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { unifiedDiff } from '../../../src/client/print/unified-diff.js';

const folder = mkdtempSync(join(tmpdir(), 'hecate-diff-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('shows what was taken out and put in, with three lines around it', () => {
  const lines = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
  const after = lines.toSpliced(4, 1, 'E', 'E2');
  expect(unifiedDiff(lines.join('\n'), after.join('\n'))).toEqual([
    ...['@@ -2,7 +2,8 @@', ' b', ' c', ' d', '-e', '+E', '+E2', ' f', ' g', ' h'],
  ]);
});

it('is empty for equal texts', () => {
  expect(unifiedDiff('{\n}', '{\n}')).toEqual([]);
});

it('shows texts with many changes as wholly replaced, in a bounded time', () => {
  const before = Array.from({ length: 20_000 }, (_, i) => `a${i}`);
  const after = before.map((line) => `${line}!`);
  const diff = unifiedDiff(before.join('\n'), after.join('\n'));
  expect(diff).toHaveLength(40_001);
  expect(diff.slice(0, 2)).toEqual(['@@ -1,20000 +1,20000 @@', '-a0']);
});

const hasPatch = spawnSync('patch', ['--version']).error === undefined;

it.skipIf(!hasPatch)('is what patch applies', () => {
  const text = fc.array(fc.constantFrom('{', '}', '"a": 1,', '  "b": [],'), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(text, text, (before, after) => {
      const diff = unifiedDiff(before.join('\n'), after.join('\n'));
      if (diff.length === 0) return;
      const file = join(folder, 'file');
      writeFileSync(file, `${before.join('\n')}\n`);
      const input = ['--- file', '+++ file', ...diff, ''].join('\n');
      const { status, stdout } = spawnSync('patch', [file], { input, encoding: 'utf8' });
      expect(status, `${stdout}\n${input}`).toBe(0);
      expect(readFileSync(file, 'utf8')).toBe(`${after.join('\n')}\n`);
    }),
    { numRuns: 30 },
  );
});
