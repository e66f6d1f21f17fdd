import { createHash } from 'node:crypto';
import type { NatsConnection } from 'nats';
import { parseDeltaList, deltaListText } from '../../domain/data/delta-list.js';
import type { Blobs } from '../../ports/blobs.js';
import { readObject, writeObject } from './object-store.js';

/** How many values are kept in memory: what was written is read again in a moment. */
const KEPT = 4;

/** A text, and the list that it is once somebody asked. */
interface Blob {
  readonly text: string;
  list?: readonly object[];
}

/**
 * Values by hash in a bucket of the log's server. In one that `expires`, what is put is written each time: it may be gone
 * there and remembered here.
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
      return blob && (blob.list ??= listOf(blob.text));
    },
  };
}

/** Lists that were written before {@link deltaListText} are plain. */
function listOf(text: string): readonly object[] {
  const parsed = JSON.parse(text) as readonly object[] | { readonly alike: unknown };
  return 'alike' in parsed ? parseDeltaList(parsed.alike) : parsed;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
