import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rotatedSeals } from '../../../src/adapters/keys/rotated-seals.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hecate-seals-'));
  file = join(folder, 'worker-seals.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('is the derived secret until one is kept, and then does not follow from another seed', () => {
  const seals = rotatedSeals(file, 'seed-1');
  expect(seals.secrets()).toEqual({ current: 'seed-1', former: [] });
  seals.keep();
  expect(rotatedSeals(file, 'seed-2').secrets()).toEqual({ current: 'seed-1', former: [] });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('replaces only a secret that was that seed, for all workers of the home', () => {
  const [one, other] = [rotatedSeals(file, 'seed-1', () => 0), rotatedSeals(file, 'seed-1', () => 0)];
  one.keep();
  one.replace('another seed');
  expect(other.secrets().current).toBe('seed-1');
  one.replace('seed-1');
  const { current, former } = other.secrets();
  expect(current).toHaveLength(43);
  expect(former).toEqual(['seed-1']);
  other.keep();
  other.replace('seed-1');
  expect(one.secrets()).toEqual({ current, former });
  expect(rotatedSeals(file, 'seed-2', () => 3_600_001).secrets()).toEqual({ current, former: [] });
});

it('replaces a secret that was never kept, and takes a damaged file for none', () => {
  rotatedSeals(file, 'seed-1').replace('seed-1');
  expect(readFileSync(file, 'utf8')).toContain('"former"');
  writeFileSync(file, '{"current": 1}');
  expect(rotatedSeals(file, 'seed-2').secrets()).toEqual({ current: 'seed-2', former: [] });
  expect(rotatedSeals(file, 'seed-3').secrets()).toEqual({ current: 'seed-2', former: [] });
});
