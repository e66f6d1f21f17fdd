import { randomUUID } from 'node:crypto';
import { headers, type NatsConnection, type NatsError } from 'nats';
import { Failure } from '../../../ports/failure.js';
import { directGet, lastMessage } from './direct-get.js';

const CHUNK_BYTES = 1_000_000;
const PUBLISH_TIMEOUT_MS = 4_000;

/**
 * Reads an object of a bucket by direct gets; null when it does not exist or was replaced during the read. The NATS
 * client's own `get` creates a consumer, which a command's credential must not: its deliver subject could be used to write.
 */
export async function readObject(nc: NatsConnection, bucket: string, name: string): Promise<Buffer | null> {
  const stream = `OBJ_${bucket}`;
  const meta = await lastMessage(nc, stream, metaSubject(bucket, name));
  if (meta === null) return null;
  const { nuid, size } = meta.json<{ nuid: string; size: number }>();
  const chunks: Uint8Array[] = [];
  for (let seq = 1; ;) {
    const found = await directGet(nc, stream, { seq, batch: 64, next_by_subj: `$O.${bucket}.C.${nuid}` });
    chunks.push(...found.map((message) => message.data));
    const last = found.at(-1);
    if (!last || found.length < 64) break;
    seq = Number(last.headers?.get('Nats-Sequence')) + 1;
  }
  const bytes = Buffer.concat(chunks);
  return bytes.length === size ? bytes : null;
}

/** Writes an object as NATS' clients do (ADR-20). Only publishes, since a command's credential allows nothing else. */
export async function writeObject(
  nc: NatsConnection,
  bucket: string,
  { name, bytes, sha256 }: { readonly name: string; readonly bytes: Buffer; readonly sha256: string },
): Promise<void> {
  const nuid = randomUUID().replaceAll('-', '');
  const starts = Array.from({ length: Math.ceil(bytes.length / CHUNK_BYTES) }, (_, index) => index * CHUNK_BYTES);
  const info = {
    name,
    bucket,
    nuid,
    size: bytes.length,
    chunks: starts.length,
    digest: `SHA-256=${Buffer.from(sha256, 'hex').toString('base64url')}`,
    options: { max_chunk_size: CHUNK_BYTES },
  };
  const replace = headers();
  replace.set('Nats-Rollup', 'sub');
  const js = nc.jetstream();
  const timeout = PUBLISH_TIMEOUT_MS;
  try {
    await Promise.all(
      starts.map((from) => js.publish(`$O.${bucket}.C.${nuid}`, bytes.subarray(from, from + CHUNK_BYTES), { timeout })),
    );
    await js.publish(metaSubject(bucket, name), Buffer.from(JSON.stringify(info)), { headers: replace, timeout });
  } catch (cause) {
    if ((cause as NatsError).api_error?.err_code === FULL) throw bucketFull(bucket, cause);
    throw new Failure('unavailable', `nats at ${nc.getServer()} did not store an object in the bucket ${bucket}`, {
      system: 'nats',
      cause,
    });
  }
}

/** JetStream's error code when a stream has reached its limit (`maximum bytes exceeded`). */
const FULL = 10_077;

function bucketFull(bucket: string, cause: unknown): Failure {
  return new Failure(
    'unavailable',
    `the bucket ${bucket} in nats is full, so nothing more can be handed over to the worker`,
    {
      system: 'nats',
      hint: 'Try again later: what was handed over expires within an hour.',
      hasWaited: true,
      cause,
    },
  );
}

function metaSubject(bucket: string, name: string): string {
  const encoded = Buffer.from(name).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  return `$O.${bucket}.M.${encoded}`;
}
