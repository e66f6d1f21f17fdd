import { readKeyFile } from '../../adapters/keys/key-file.js';
import { operatorSigner } from '../../adapters/keys/operator-key.js';
import { all, find, type State } from '../../domain/log/state.js';
import { keysOf, operatorSecret, type Operator } from '../../domain/resources/operator.js';
import { vaultPathOf } from '../../domain/resources/secret.js';
import { Failure } from '../../ports/failure.js';
import type { OpenedBackup } from '../../ports/backup/opened-backup.js';

/** The operator's key with which a restored log is used from this machine. */
export type RestoredKey =
  /** The file has a key that the log accepts. */
  | { readonly kind: 'present'; readonly operator: string }
  /** The backup has one. `text` is secret. */
  | { readonly kind: 'from backup'; readonly operator: string; readonly text: string }
  /** The log gets the operator of this machine, since the backup has no key that it accepts. */
  | { readonly kind: 'added'; readonly operator: Operator };

/** Parts of a backup with the key of the operator who used the home: there, and where the settings named another file. */
const KEY_PART = 'identities/operator.key';
const CONFIGURED = 'identities/configured/';

/**
 * Chooses the operator's key: that in the file, else that of the backup, else the first log's operator with the key in the file.
 * `restored` is the state of the backup's log, `first` that of this machine's first log.
 */
export async function chooseOperatorKey(
  backup: Pick<OpenedBackup, 'part' | 'parts' | 'secret'>,
  { restored, first }: { readonly restored: State; readonly first: State },
  keyFile: string,
): Promise<RestoredKey> {
  const here = readKeyFile(keyFile);
  if (here !== null && isAccepted(restored, here)) return { kind: 'present', operator: here.operator };
  for await (const text of keysIn(backup, restored)) {
    const key = signerIn(text);
    if (key !== null && isAccepted(restored, key)) return { kind: 'from backup', operator: key.operator, text };
  }
  const admin = all(first, 'Operator').find(({ value }) => here !== null && keysOf(value).includes(here.publicKey));
  if (admin !== undefined) return { kind: 'added', operator: admin.value };
  throw new Failure('denied', `the backup has no key of an operator, and ${keyFile} has none that this home knows`, {
    hint: 'Make one first: hecate init operator --name NAME',
  });
}

/** Yields the private keys in a backup: that of the home, and that of its operator after a rotation. */
async function* keysIn(
  backup: Pick<OpenedBackup, 'part' | 'parts' | 'secret'>,
  restored: State,
): AsyncGenerator<string> {
  for (const path of [KEY_PART, ...backup.parts(CONFIGURED)]) {
    const text = (await backup.part(path))?.toString('utf8').trim();
    const key = text === undefined ? null : signerIn(text);
    if (text === undefined || key === null) continue;
    yield text;
    const name = operatorSecret(key.operator);
    const secret = name === null ? undefined : find(restored, 'Secret', name)?.value;
    const value = secret === undefined ? null : await backup.secret(vaultPathOf(secret));
    const rotated = value?.value['privateText'];
    if (rotated !== undefined) yield rotated;
  }
}

function signerIn(text: string): ReturnType<typeof operatorSigner> | null {
  try {
    return operatorSigner(text, 'the key in the backup');
  } catch {
    return null;
  }
}

function isAccepted(state: State, key: { readonly operator: string; readonly publicKey: string }): boolean {
  const held = find(state, 'Operator', key.operator)?.value;
  return held !== undefined && keysOf(held).includes(key.publicKey);
}
