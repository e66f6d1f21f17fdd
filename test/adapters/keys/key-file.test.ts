import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readKeyFile, writeKeyFile } from '../../../src/adapters/keys/key-file.js';
import { newOperatorKey } from '../../../src/adapters/keys/operator-key.js';

const folder = mkdtempSync(join(tmpdir(), 'hecate-key-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'operator.key');
const { privateText, publicKey } = newOperatorKey('anna');

function thrown(path: string): unknown {
  try {
    return readKeyFile(path);
  } catch (error) {
    return error;
  }
}

describe('the file of an operator’s key', () => {
  it('is written for its owner only, and read again', () => {
    writeKeyFile(file, privateText);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readKeyFile(file)).toMatchObject({ operator: 'anna', publicKey });
  });

  it.each([0o640, 0o604, 0o660, 0o602])('is refused with mode %o, with the way out', (mode) => {
    writeKeyFile(file, privateText);
    chmodSync(file, mode);
    expect(thrown(file)).toMatchObject({
      kind: 'denied',
      details: { hint: expect.stringContaining(`chmod 600 ${file}`) as string },
    });
  });

  it('may be missing', () => {
    expect(readKeyFile(join(folder, 'nothing'))).toBeNull();
  });

  it('is refused, without waiting, when it is a device', () => {
    expect(thrown('/dev/zero')).toMatchObject({
      kind: 'denied',
      message: 'cannot read the operator’s key /dev/zero: it is not a regular file',
    });
  });

  it('is named, and not repeated, when it holds something else', () => {
    for (const text of ['', 'hecate-key:anna:short', `${privateText}x`]) {
      writeFileSync(file, text);
      chmodSync(file, 0o600);
      expect(thrown(file)).toMatchObject({ kind: 'invalid', message: `${file} is not the key of an operator` });
    }
    expect(thrown(folder)).toMatchObject({ kind: 'denied', message: expect.stringContaining('folder') as string });
  });
});
