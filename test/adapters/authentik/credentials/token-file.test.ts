import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeTokenFile } from '../../../../src/adapters/authentik/credentials/token-file.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hecate-token-file-'));
  file = join(folder, 'token');
  writeFileSync(file, 'old', { mode: 0o644 });
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the file with the API token', () => {
  it('is replaced as a whole, and closed to others', () => {
    const before = statSync(file).ino;
    writeTokenFile(file, 'new');
    expect(readFileSync(file, 'utf8')).toBe('new\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(file).ino).not.toBe(before);
  });

  it('is replaced where a link leads to', () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    symlinkSync(file, join(elsewhere, 'token'));
    writeTokenFile(join(elsewhere, 'token'), 'new');
    expect(readFileSync(file, 'utf8')).toBe('new\n');
    expect(readdirSync(elsewhere)).toEqual(['token']);
  });

  it('leaves no copy of a process that was killed while it wrote', () => {
    writeFileSync(`${file}.4711.tmp`, 'cut off');
    writeFileSync(`${file}.tmp`, 'of somebody else');
    writeTokenFile(file, 'new');
    expect(readdirSync(folder)).toEqual(['token', 'token.tmp']);
  });

  it('says why it cannot be written, and what to do, without the token', () => {
    // No file can be made beside this one.
    const failure = {
      kind: 'denied',
      details: expect.objectContaining({
        hint: expect.stringContaining('HECATE_AUTHENTIK_TOKEN_FILE') as string,
      }) as object,
    };
    let error: unknown;
    try {
      writeTokenFile('/proc/self/comm', 'a-secret-token');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject(failure);
    expect((error as Error).message).toContain(
      'the worker cannot write a new API token of authentik into /proc/self/comm: ',
    );
    expect(JSON.stringify(error)).not.toContain('a-secret-token');
  });
});
