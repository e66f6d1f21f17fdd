import { fromBase64, toBase64, toHex, utf8 } from './bytes.js';
import type { Sha256 } from './merkle.js';

/** The head of a log at one moment: how many messages it had, and the root of the tree over them (c2sp.org/tlog-checkpoint). */
export interface Checkpoint {
  /** Name of the log. */
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** A checkpoint with the signatures below it (c2sp.org/signed-note). */
export interface SignedCheckpoint extends Checkpoint {
  /** The whole note. */
  readonly note: string;
  /** The signed text, with its line break at the end. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A signature of a note. */
export interface NoteSignature {
  /** Name of the key. */
  readonly name: string;
  /** First four bytes that name the key, in hex. */
  readonly keyId: string;
  /** The rest; 64 bytes for Ed25519. */
  readonly signature: Uint8Array;
}

/** A public key with which checkpoints are verified, as a text `NAME+ID+KEY` names it. */
export interface VerifierKey {
  readonly name: string;
  /** Eight digits of hex. */
  readonly keyId: string;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
}

const ORIGIN = 'hecate-log/';
/** Number of signed-note's algorithm Ed25519. */
const ED25519 = Uint8Array.of(1);
const NAME = /^[^\s+]{1,200}$/;
/** Longest note that is read, in characters. One of ours has 200; others may add signatures of witnesses. */
const LONGEST_NOTE = 65_536;

/** Returns the origin of a log's checkpoints, which is also the name of the key that signs them. */
export function originOf(logId: string): string {
  return `${ORIGIN}${logId}`;
}

/** Returns the text of a checkpoint that is signed. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** Returns the verifier key of an Ed25519 public key. */
export function verifierKeyOf(sha256: Sha256, name: string, publicKey: Uint8Array): VerifierKey {
  return { name, publicKey, keyId: toHex(sha256(utf8(`${name}\n`), ED25519, publicKey).slice(0, 4)) };
}

/** Returns the text of a verifier key, which a person keeps. */
export function verifierKeyText({ name, keyId, publicKey }: VerifierKey): string {
  return `${name}+${keyId}+${toBase64(Uint8Array.of(...ED25519, ...publicKey))}`;
}

/** Reads the text of a verifier key; null: it is none, or its id is not that of its key. */
export function parseVerifierKey(sha256: Sha256, text: string): VerifierKey | null {
  const [name = '', keyId = '', ...rest] = text.trim().split('+');
  const bytes = fromBase64(rest.join('+'));
  if (!NAME.test(name) || bytes?.length !== 33 || bytes[0] !== ED25519[0]) return null;
  const key = verifierKeyOf(sha256, name, bytes.slice(1));
  return key.keyId === keyId ? key : null;
}

/** Returns the note of a checkpoint with its signature (64 bytes) by a key. */
export function signedNote(text: string, { name, keyId }: VerifierKey, signature: Uint8Array): string {
  const id = Uint8Array.from(keyId.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return `${text}\n— ${name} ${toBase64(Uint8Array.of(...id, ...signature))}\n`;
}

/** Reads a signed checkpoint; null: the text is none. Lines after the root are allowed, and signed like the rest. */
export function parseSignedCheckpoint(note: string): SignedCheckpoint | null {
  if (note.length > LONGEST_NOTE) return null;
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) return null;
  const text = note.slice(0, end + 1);
  const signatures = note
    .slice(end + 2, -1)
    .split('\n')
    .map(signatureIn);
  const [origin = '', digits = '', rootText = '', ...more] = text.slice(0, -1).split('\n');
  const root = fromBase64(rootText);
  const isWhole = NAME.test(origin) && /^(?:0|[1-9]\d{0,15})$/.test(digits) && root?.length === 32;
  if (!isWhole || more.includes('') || signatures.includes(null)) return null;
  return { origin, size: Number(digits), root, note, text, signatures: signatures as NoteSignature[] };
}

/** Returns true when the checkpoint has a valid signature of the key. `verify` checks an Ed25519 signature of a text. */
export function isSignedBy(
  { text, signatures }: SignedCheckpoint,
  { name, keyId, publicKey }: VerifierKey,
  verify: (publicKey: Uint8Array, text: string, signature: Uint8Array) => boolean,
): boolean {
  return signatures.some((one) => one.name === name && one.keyId === keyId && verify(publicKey, text, one.signature));
}

function signatureIn(line: string): NoteSignature | null {
  const [, name = '', encoded = ''] = /^— ([^\s+]{1,200}) ([A-Za-z0-9+/=]+)$/.exec(line) ?? [];
  const bytes = fromBase64(encoded);
  if (bytes === null || bytes.length < 5) return null;
  return { name, keyId: toHex(bytes.slice(0, 4)), signature: bytes.slice(4) };
}
