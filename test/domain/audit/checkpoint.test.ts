import { describe, expect, test } from 'vitest';
import {
  isSignedBy,
  parseSignedCheckpoint,
  parseVerifierKey,
  verifierKeyOf,
  verifierKeyText,
} from '../../../src/domain/audit/checkpoint.js';
import { toHex } from '../../../src/domain/audit/bytes.js';
import { createTree, leafHash } from '../../../src/domain/audit/merkle.js';
import { checkpointOf, makeKey, makeLog, randomFrom, sha256, verifies } from './manipulate.js';

/** From the documentation of golang.org/x/mod/sumdb/note. */
const GO_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const GO_NOTE = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`;

describe('a checkpoint', () => {
  const log = makeLog(7, randomFrom(1));
  const key = makeKey();
  const verifier = verifierKeyOf(sha256, 'hecate-log/a-log', key.publicKey);

  test('is a signed note of three lines', () => {
    const { note, size } = checkpointOf(log, 7, key);
    expect(size).toBe(7);
    expect(note).toMatch(/^hecate-log\/a-log\n7\n[A-Za-z0-9+/]{43}=\n\n— hecate-log\/a-log [A-Za-z0-9+/]+=*\n$/);
  });

  test('is verified with its key only', () => {
    const checkpoint = checkpointOf(log, 7, key);
    const other = verifierKeyOf(sha256, 'hecate-log/a-log', makeKey().publicKey);
    expect(isSignedBy(checkpoint, verifier, verifies)).toBe(true);
    expect(isSignedBy(checkpoint, other, verifies)).toBe(false);
    const altered = parseSignedCheckpoint(checkpoint.note.replace('\n7\n', '\n8\n'));
    expect(altered && isSignedBy(altered, verifier, verifies)).toBe(false);
  });

  test.each([
    ['a size with zeros in front', (note: string) => note.replace('\n7\n', '\n07\n')],
    ['no signature', (note: string) => note.slice(0, note.indexOf('\n\n') + 1)],
    ['a signature that is no base64', (note: string) => note.replace(/ [^ ]+\n$/, ' %\n')],
    ['a short root', (note: string) => note.replace(/\n[^\n]+\n\n/, '\nAAAA\n\n')],
  ])('is refused with %s', (_, alter) => {
    expect(parseSignedCheckpoint(alter(checkpointOf(log, 7, key).note))).toBeNull();
  });

  test('has a key whose text is read back', () => {
    const read = parseVerifierKey(sha256, verifierKeyText(verifier));
    expect(read && verifierKeyText(read)).toBe(verifierKeyText(verifier));
    expect(parseVerifierKey(sha256, verifierKeyText(verifier).replace('+', '+0'))).toBeNull();
  });
});

test('keys and signatures are those of signed-note', () => {
  const key = parseVerifierKey(sha256, GO_KEY);
  const [text = '', line = ''] = GO_NOTE.split('\n\n');
  const signature = Buffer.from(line.trim().split(' ')[2] ?? '', 'base64');
  expect(key && toHex(signature.subarray(0, 4))).toBe('c74f20a3');
  expect(key && verifies(key.publicKey, `${text}\n`, signature.subarray(4))).toBe(true);
});

/** RFC 6962 test vectors of the certificate-transparency project: leaves, and the root of each size. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

test('the tree is that of RFC 6962, also when it goes on from its peaks', () => {
  let tree = createTree(sha256);
  for (const [size, root] of ROOTS.entries()) {
    expect({ size, root: toHex(tree.root()) }).toEqual({ size, root });
    const leaf = LEAVES[size];
    if (leaf !== undefined) tree.add(leafHash(sha256, Buffer.from(leaf, 'hex')));
    tree = createTree(sha256, { size: tree.size(), peaks: tree.peaks() });
  }
});
