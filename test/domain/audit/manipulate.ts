import { createHash, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import type { StoredMessage, LeafRecord } from '../../../src/domain/audit/log-check.js';
import { subjectMark } from '../../../src/domain/audit/log-check.js';
import {
  checkpointText,
  originOf,
  parseSignedCheckpoint,
  signedNote,
  verifierKeyOf,
  type SignedCheckpoint,
} from '../../../src/domain/audit/checkpoint.js';
import { createTree, leafHash, type Sha256 } from '../../../src/domain/audit/merkle.js';

/** SHA-256 as the programs use it. */
export const sha256: Sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** Id of the log of these tests. */
export const LOG_ID = 'a-log';

/** Returns the subject of a message, as the log of `main` has it. */
export function subjectOf({ type, id }: { readonly type: string; readonly id: string }): string {
  return `hecate.${type === 'ended' ? 'outcome' : 'commit'}.${id}`;
}

/** Returns a log of commits, each with its outcome some messages later; `random` gives numbers below 1. */
export function makeLog(size: number, random: () => number): StoredMessage[] {
  const bodies: Record<string, unknown>[] = [];
  const open: string[] = [];
  for (let sequence = 1; sequence <= size; sequence++) {
    if (open.length > 0 && random() < 0.5) {
      bodies.push({ type: 'ended', id: open.shift(), at: at(sequence), result: 'completed', detail: null, behind: [] });
      continue;
    }
    const id = `op-${sequence}`;
    open.push(id);
    bodies.push({
      type: random() < 0.1 ? 'aborted' : 'committed',
      ...{ id, at: at(sequence), actor: 'ada', reason: null, operation: 'route.create', workflowId: `w/${id}` },
      changes: [
        { kind: 'Route', name: `h${sequence}.example.com`, version: 7, before: null, after: { 10: 'a', 2: 'b' } },
      ],
    });
  }
  return relinked(bodies);
}

function at(sequence: number): string {
  return new Date(1_800_000_000_000 + sequence * 1000).toISOString();
}

/** Returns messages of these bodies, with a chain of hashes that fits, as whoever writes the log can make it. */
export function relinked(bodies: readonly Record<string, unknown>[]): StoredMessage[] {
  let previous: { sequence: number; hash: string } | null = null;
  return bodies.map((body, index) => {
    const sequence = index + 1;
    const whole = body['type'] === 'ended' ? body : { ...body, previous };
    const data = Buffer.from(JSON.stringify(whole));
    if (body['type'] !== 'ended') previous = { sequence, hash: createHash('sha256').update(data).digest('hex') };
    return { sequence, subject: subjectOf(body as { type: string; id: string }), data };
  });
}

/** Returns the body of a message, without its link to the one before. */
export function bodyOf({ data }: StoredMessage): Record<string, unknown> {
  const { previous: _, ...body } = JSON.parse(Buffer.from(data).toString()) as Record<string, unknown>;
  return body;
}

/** A notary of these tests. */
export function makeKey(): { readonly publicKey: Uint8Array; readonly privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { publicKey: Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'), privateKey };
}

/** Returns the checkpoint of the first messages of a log, signed. */
export function checkpointOf(
  messages: readonly StoredMessage[],
  size: number,
  { publicKey, privateKey }: ReturnType<typeof makeKey>,
): SignedCheckpoint {
  const tree = createTree(sha256);
  for (const { data } of messages.slice(0, size)) tree.add(leafHash(sha256, data));
  const text = checkpointText({ origin: originOf(LOG_ID), size, root: tree.root() });
  const key = verifierKeyOf(sha256, originOf(LOG_ID), publicKey);
  return parseSignedCheckpoint(signedNote(text, key, sign(null, Buffer.from(text), privateKey))) as SignedCheckpoint;
}

/** Returns the record of the leaves of the first messages of a log. */
export function leavesOf(messages: readonly StoredMessage[], size: number): LeafRecord {
  const records = messages
    .slice(0, size)
    .map(({ data, subject }) => ({ leaf: leafHash(sha256, data), mark: subjectMark(sha256, subject) }));
  return { size, at: (index) => records[index] as (typeof records)[number] };
}

/** Checks an Ed25519 signature of a text. */
export function verifies(publicKey: Uint8Array, text: string, signature: Uint8Array): boolean {
  const x = Buffer.from(publicKey).toString('base64url');
  return verify(null, Buffer.from(text), { key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }, signature);
}

/** What a manipulation did. */
export interface Manipulated {
  readonly kind: 'changed' | 'dropped' | 'added' | 'reordered' | 'truncated';
  /** The first message that is another one now. */
  readonly sequence: number;
  readonly messages: readonly StoredMessage[];
}

/** How the messages are numbered and linked after a manipulation. */
export const disguises = ['gaps', 'renumbered', 'relinked'] as const;

/** Does one manipulation to a log. */
export function manipulate(
  messages: readonly StoredMessage[],
  kind: Manipulated['kind'],
  { random, disguise }: { readonly random: () => number; readonly disguise: (typeof disguises)[number] },
): Manipulated {
  const pick = (below: number) => Math.floor(random() * below);
  const list = [...messages];
  const place = pick(list.length - 2);
  let sequence = place + 1;
  switch (kind) {
    case 'changed': {
      const body = bodyOf(list[place] as StoredMessage);
      const { previous } = JSON.parse(Buffer.from((list[place] as StoredMessage).data).toString()) as {
        previous: unknown;
      };
      const other = { ...body, at: '2000-01-01T00:00:00.000Z', ...(previous === undefined ? {} : { previous }) };
      list[place] = { ...(list[place] as StoredMessage), data: Buffer.from(JSON.stringify(other)) };
      break;
    }
    case 'dropped':
      list.splice(place, 1 + pick(Math.min(5, list.length - 1 - place)));
      break;
    case 'added': {
      const source = list[pick(list.length)] as StoredMessage;
      const body = { ...bodyOf(source), id: `new-${pick(1e6)}`, previous: null };
      const subject = subjectOf(body as unknown as { type: string; id: string });
      list.splice(place, 0, { ...source, subject, data: Buffer.from(JSON.stringify(body)) });
      break;
    }
    case 'reordered': {
      const other = place + 1 + pick(Math.min(20, list.length - place - 1));
      [list[place], list[other]] = [list[other] as StoredMessage, list[place] as StoredMessage];
      break;
    }
    case 'truncated':
      sequence = place + 2;
      list.splice(place + 1);
      break;
  }
  if (disguise === 'relinked') return { kind, sequence, messages: relinked(list.map(bodyOf)) };
  const isRenumbered = disguise === 'renumbered' || kind === 'added' || kind === 'reordered';
  const numbered = isRenumbered ? list.map((one, index) => ({ ...one, sequence: index + 1 })) : list;
  return { kind, sequence, messages: numbered };
}

/** Numbers below 1 from a seed, always the same (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
