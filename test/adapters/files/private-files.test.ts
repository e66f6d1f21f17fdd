import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  makePrivateFolder,
  readJson,
  readText,
  writeJson,
  writeJsonKeepingPrevious,
  writePrivate,
} from '../../../src/adapters/files/private-files.js';

const folder = mkdtempSync(join(tmpdir(), 'hecate-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a private folder', () => {
  it('is made with its parents, by several at once', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'hecate-folder-')), 'a', 'b');
    makePrivateFolder(path);
    makePrivateFolder(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  });

  it('is refused at once by a file system that takes no folders', () => {
    expect(() => makePrivateFolder('/proc/none/of/ours')).toThrow('ENOENT');
  });

  it('is refused where a file is in the way', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'hecate-folder-')), 'file');
    writeFileSync(file, '');
    expect(() => makePrivateFolder(file)).toThrow('EEXIST');
    expect(() => makePrivateFolder(join(file, 'below'))).toThrow('ENOTDIR');
  });
});

describe('an own file', () => {
  it('is written whole, for its owner only, and leaves no temporary file', () => {
    const path = join(folder, 'one.json');
    writeJson(path, { a: 1 });
    writeJson(path, { a: 2 });
    expect(readJson(path)).toEqual({ value: { a: 2 }, broken: null });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.startsWith('one.json.'))).toEqual([]);
  });

  it('keeps its content when a write fails', () => {
    const path = join(folder, 'kept');
    writePrivate(path, 'before');
    // A folder in the place of the temporary file makes the write fail, as a full disk would.
    mkdirSync(`${path}.${process.pid}.tmp`);
    expect(() => writePrivate(path, 'after')).toThrow();
    expect(readFileSync(path, 'utf8')).toBe('before');
  });

  it('that is missing has no value and is not broken', () => {
    expect(readJson(join(folder, 'none.json'))).toEqual({ value: null, broken: null });
  });

  it.each([
    ['', 'is empty'],
    ['  \n', 'is empty'],
    ['{"pid": 12', 'is not valid JSON'],
    ['\0\0\0\0', 'is not valid JSON'],
    ['12', 'does not have the expected content'],
    ['null', 'does not have the expected content'],
  ])('with the content %j is named as broken', (content, problem) => {
    const path = join(folder, 'broken.json');
    writeFileSync(path, content);
    expect(readJson(path)).toEqual({ value: null, broken: `${path} ${problem}` });
  });

  it('without text is named as broken', () => {
    const path = join(folder, 'seed');
    writeFileSync(path, '');
    expect(readText(path)).toEqual({ value: null, broken: `${path} is empty` });
  });

  it('can keep the content before its last change', () => {
    const path = join(folder, 'state.json');
    writeJsonKeepingPrevious(path, { a: 1 });
    expect(existsSync(`${path}.previous`)).toBe(false);
    writeJsonKeepingPrevious(path, { a: 2 });
    writeFileSync(path, '');
    expect(readJson(`${path}.previous`).value).toEqual({ a: 1 });
  });
});
