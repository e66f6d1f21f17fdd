import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeKeyFile } from '../../../src/adapters/keys/key-file.js';
import { newOperatorKey } from '../../../src/adapters/keys/operator-key.js';
import { changeOf, type Change } from '../../../src/domain/log/commit.js';
import { emptyState, fold, type State } from '../../../src/domain/log/state.js';
import { newSecret } from '../../../src/domain/resources/secret.js';
import { chooseOperatorKey } from '../../../src/stack/restore/restored-key.js';
import { entries } from '../../builders/log.js';

let folder: string;
let keyFile: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hecate-key-'));
  keyFile = join(folder, 'operator.key');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const stateOf = (...changes: Change[]): State => fold(emptyState, entries({ one: changes }));
const operator = (name: string, publicKey: string) =>
  changeOf('Operator', name, null, { name, role: 'admin', publicKey });

/** A backup with this key in its home and this value of a secret. */
function backup(key: string | null, value?: string, place = 'identities/operator.key') {
  return {
    parts: (below: string) => (place.startsWith(below) ? [place] : []),
    part: async (path: string) => (key === null || path !== place ? null : Buffer.from(`${key}\n`)),
    secret: async (path: string) =>
      value !== undefined && path.startsWith('operator-key/operator-anna/')
        ? { value: { privateText: value }, writtenAt: null }
        : null,
  };
}

describe('the operator’s key after a restore', () => {
  it('is that of the backup, and after a rotation that of its secret', async () => {
    const [first, second, here] = [newOperatorKey('anna'), newOperatorKey('anna'), newOperatorKey('root')];
    writeKeyFile(keyFile, here.privateText);
    const fresh = stateOf(operator('root', here.publicKey));
    const restored = stateOf(operator('anna', first.publicKey));
    expect(await chooseOperatorKey(backup(first.privateText), { restored, first: fresh }, keyFile)).toEqual({
      ...{ kind: 'from backup', operator: 'anna', text: first.privateText },
    });
    const configured = backup(first.privateText, undefined, 'identities/configured/anna.key');
    expect(await chooseOperatorKey(configured, { restored, first: fresh }, keyFile)).toMatchObject({
      text: first.privateText,
    });
    const edition = 'a'.repeat(24);
    const secret = newSecret({ name: 'operator-anna', kind: 'operator-key', version: 2, edition });
    const rotated = stateOf(operator('anna', second.publicKey), changeOf('Secret', 'operator-anna', null, secret));
    const of = backup(first.privateText, second.privateText);
    expect(await chooseOperatorKey(of, { restored: rotated, first: fresh }, keyFile)).toMatchObject({
      text: second.privateText,
    });
  });

  it('is that of this home when the restored log accepts it', async () => {
    const here = newOperatorKey('anna');
    writeKeyFile(keyFile, here.privateText);
    const state = stateOf(operator('anna', here.publicKey));
    const of = backup(newOperatorKey('anna').privateText);
    expect(await chooseOperatorKey(of, { restored: state, first: state }, keyFile)).toEqual({
      ...{ kind: 'present', operator: 'anna' },
    });
  });

  it('is added to the log when the backup has none that the log accepts', async () => {
    const here = newOperatorKey('root');
    writeKeyFile(keyFile, here.privateText);
    const restored = stateOf(operator('anna', newOperatorKey('anna').publicKey));
    const first = stateOf(operator('root', here.publicKey));
    expect(await chooseOperatorKey(backup(null), { restored, first }, keyFile)).toEqual({
      ...{ kind: 'added', operator: { name: 'root', role: 'admin', publicKey: here.publicKey } },
    });
    rmSync(keyFile);
    await expect(chooseOperatorKey(backup(null), { restored, first }, keyFile)).rejects.toMatchObject({
      kind: 'denied',
    });
  });
});
