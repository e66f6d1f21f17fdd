import { createHash } from 'node:crypto';
import type { NatsConnection } from 'nats';
import type { Blobs } from '../../ports/blobs.js';
import { readObject, writeObject } from './object-store.js';

/** How many texts are kept in memory: what was written is read again in a moment. */
const KEPT = 4;

/** Texts by hash in a bucket of the log's server. */
export function createBlobs(nc: NatsConnection, bucket: string): Blobs {
  const recent = new Map<string, string>();
  const keep = (hash: string, text: string) => {
    recent.set(hash, text);
    for (const oldest of recent.keys()) if (recent.size > KEPT) recent.delete(oldest);
  };
  return {
    async put(text) {
      const bytes = Buffer.from(text);
      const hash = sha256(bytes);
      if (recent.has(hash)) return hash;
      await writeObject(nc, bucket, hash, bytes);
      keep(hash, text);
      return hash;
    },
    async get(hash) {
      const known = recent.get(hash);
      if (known !== undefined) return known;
      const bytes = await readObject(nc, bucket, hash);
      if (bytes === null || sha256(bytes) !== hash) return null;
      const text = bytes.toString();
      keep(hash, text);
      return text;
    },
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
