import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readText } from '../../../src/adapters/files/private-files.js';
import { fileProblem, LARGEST_SECRET_BYTES, readSecretFile } from '../../../src/adapters/files/secret-file.js';

const folder = mkdtempSync(join(tmpdir(), 'hecate-secret-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const made = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const pipe = join(folder, 'pipe');
execFileSync('mkfifo', [pipe]);

function problem(path: string): string | null {
  try {
    readSecretFile(path);
    return null;
  } catch (error) {
    return fileProblem(error);
  }
}

describe('a secret file', () => {
  it('is read without surrounding white space, also through a link', () => {
    const file = made('token', ' secret\n');
    symlinkSync(file, join(folder, 'link'));
    expect(readSecretFile(file)).toBe('secret');
    expect(readSecretFile(join(folder, 'link'))).toBe('secret');
    expect(readSecretFile(made('largest', 'x'.repeat(LARGEST_SECRET_BYTES)))).toHaveLength(LARGEST_SECRET_BYTES);
  });

  it.each([
    ['a device', () => '/dev/zero', 'it is not a regular file'],
    ['a pipe', () => pipe, 'it is not a regular file'],
    ['a folder', () => folder, 'it is a folder'],
    ['a large file', () => made('large', 'x'.repeat(LARGEST_SECRET_BYTES + 1)), 'it is larger than 4096 bytes'],
    ['a missing file', () => join(folder, 'nothing'), 'no such file'],
  ])('is refused when it is %s', (_, path, words) => {
    expect(problem(path())).toBe(words);
  });

  it('is broken as an own file of Hecate, too', () => {
    expect(readText(pipe)).toEqual({ value: null, broken: `${pipe} cannot be used: it is not a regular file` });
  });
});
