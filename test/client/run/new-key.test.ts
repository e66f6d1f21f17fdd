import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { operatorSigner } from '../../../src/adapters/keys/operator-key.js';
import { checkKeyFile, newKey } from '../../../src/client/run/new-key.js';

const folder = mkdtempSync(join(tmpdir(), 'hecate-new-key-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const wanted = (file: string | null) => ({ field: 'publicKey', file });

describe('a new key', () => {
  it('without a file is given out as text', () => {
    const { publicKey, giveOut } = newKey(wanted(null), 'anna');
    expect(operatorSigner(giveOut() ?? '', 'text')).toMatchObject({ operator: 'anna', publicKey });
  });

  it('is in its file when it is given out, and not before', () => {
    const file = join(folder, 'anna.key');
    const { publicKey, giveOut } = newKey(wanted(file), 'anna');
    expect(existsSync(file)).toBe(false);
    expect(giveOut()).toBeNull();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(operatorSigner(readFileSync(file, 'utf8'), file)).toMatchObject({ operator: 'anna', publicKey });
    // The operator's own key is replaced.
    const next = newKey(wanted(file), 'anna');
    next.giveOut();
    expect(operatorSigner(readFileSync(file, 'utf8'), file).publicKey).toBe(next.publicKey);
  });

  it('leaves nothing behind when its operation did not complete', () => {
    const before = readdirSync(folder);
    newKey(wanted(join(folder, 'bob.key')), 'bob').drop();
    expect(readdirSync(folder)).toEqual(before);
  });

  it('does not overwrite another file', () => {
    const text = join(folder, 'notes.txt');
    writeFileSync(text, 'notes');
    expect(() => newKey(wanted(text), 'anna')).toThrow('exists and is not a key');
    newKey(wanted(join(folder, 'eve.key')), 'eve').giveOut();
    expect(() => newKey(wanted(join(folder, 'eve.key')), 'anna')).toThrow('is the key of operator eve');
    expect(readFileSync(text, 'utf8')).toBe('notes');
  });

  it('is checked without being made', () => {
    const before = readdirSync(folder);
    checkKeyFile(wanted(join(folder, 'dry.key')), 'anna');
    expect(readdirSync(folder)).toEqual(before);
    expect(() => checkKeyFile(wanted(folder), 'anna')).toThrow(`--key-file ${folder} exists and is not a key`);
  });

  it('names a file that cannot be written', () => {
    const file = join(folder, 'missing', 'a.key');
    expect(() => newKey(wanted(file), 'anna')).toThrow(`cannot write --key-file ${file}: no such file`);
  });
});
