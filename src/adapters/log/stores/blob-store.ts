import { createHash } from 'node:crypto';
import type { NatsConnection } from 'nats';
import { deltaListText, parseStoredList } from '../../../domain/data/delta-list.js';
import type { Blobs } from '../../../ports/blobs.js';
import { readObject, writeObject } from '../nats/object-store.js';

/** Number of values kept in memory, since a value is usually read right after it was written. */
const KEPT = 4;

/** A text, and the list parsed from it, once that was needed. */
interface Blob {
  readonly text: string;
  list?: readonly object[];
}

/**
 * Creates a store of values by their SHA-256 in a bucket of the log's server. In a bucket that `expires`, each `put` writes,
 * because the bucket may have lost a value that is still in memory. `get` and `list` return null for a value that is gone.
 */
export function createBlobs(nc: NatsConnection, bucket: string, { expires = false } = {}): Blobs {
  const recent = new Map<string, Blob>();
  const keep = (hash: string, blob: Blob) => {
    recent.delete(hash);
    recent.set(hash, blob);
    for (const oldest of recent.keys()) if (recent.size > KEPT) recent.delete(oldest);
    return blob;
  };
  const put = async (blob: Blob) => {
    for (const [hash, { list }] of expires ? [] : recent) if (list !== undefined && list === blob.list) return hash;
    const bytes = Buffer.from(blob.text);
    const hash = sha256(bytes);
    const isThere = !expires && recent.has(hash);
    if (!isThere) await writeObject(nc, bucket, { name: hash, bytes, sha256: hash });
    keep(hash, blob);
    return hash;
  };
  const read = async (hash: string): Promise<Blob | null> => {
    const known = recent.get(hash);
    if (known !== undefined) return known;
    const bytes = await readObject(nc, bucket, hash);
    return bytes === null || sha256(bytes) !== hash ? null : keep(hash, { text: bytes.toString() });
  };
  return {
    put: (text) => put({ text }),
    putList: (list) => put({ text: `{"alike":${deltaListText(list)}}`, list }),
    get: async (hash) => (await read(hash))?.text ?? null,
    async list(hash) {
      const blob = await read(hash);
      return blob && (blob.list ??= parseStoredList(blob.text));
    },
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
