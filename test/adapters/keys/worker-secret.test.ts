import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { workerSecret } from '../../../src/adapters/keys/worker-secret.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hecate-secret-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const ownFile = () => join(folder, 'home', 'worker.key');

it('is the content of the key file, else the seed, else a file of the home', () => {
  const [keyFile, seedFile] = [file('key', `${'k'.repeat(40)}\n`), file('seed', 's'.repeat(58))];
  expect(workerSecret({ keyFile, seedFile, ownFile: ownFile() })).toBe('k'.repeat(40));
  expect(workerSecret({ keyFile: null, seedFile, ownFile: ownFile() })).toBe('s'.repeat(58));
  const own = workerSecret({ keyFile: null, seedFile: null, ownFile: ownFile() });
  expect(own).toHaveLength(43);
  expect(workerSecret({ keyFile: null, seedFile: null, ownFile: ownFile() })).toBe(own);
  expect(statSync(ownFile()).mode & 0o777).toBe(0o600);
  expect(readFileSync(ownFile(), 'utf8').trim()).toBe(own);
});

it('is refused when its file is missing or too short, without its content', () => {
  const read = (keyFile: string) => workerSecret({ keyFile, seedFile: null, ownFile: ownFile() });
  expect(() => read(join(folder, 'none'))).toThrow(/does not exist/);
  expect(() => read(file('empty', ''))).toThrow(/is empty/);
  expect(() => read(file('short', 'hunter2'))).toThrow(/fewer than 32 characters/);
  expect(() => read(file('short', 'hunter2'))).not.toThrow(/hunter2/);
});
