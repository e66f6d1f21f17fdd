import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { Failure } from '../../../ports/failure.js';
import type { Objects, StoredObject } from './objects.js';
import { checksumOf, type S3Bucket } from './s3-client.js';
import { s3ErrorName, s3Failure, serverOf } from './s3-failure.js';
import { removeUploads, SMALLEST_PART_BYTES, uploadInParts } from './s3-upload.js';

/** How often a download goes on after its connection broke without a byte in between. */
const RESUMES = 4;
/** Pages of a listing, each with up to 1,000 names. A server that never ends it is stopped here. */
const MOST_PAGES = 1_000;

/** Creates objects below a prefix of a bucket. */
export function createS3Objects(at: S3Bucket): Objects {
  const { sdk, client, bucket: Bucket, place } = at;
  const keyOf = (name: string) => `${at.prefix}${name}`;
  const explained = async <T>(run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      throw s3Failure(error, at);
    }
  };
  let locks: Promise<boolean> | undefined;
  const hasLocks = () => (locks ??= bucketHasLocks(at));
  let versions: Promise<boolean> | undefined;
  const hasVersions = () => (versions ??= bucketHasVersions(at));
  const put = (name: string, Body: Buffer, lockUntil: Date | null) =>
    client.send(
      new sdk.PutObjectCommand({ Bucket, Key: keyOf(name), Body, ...checksumOf(Body, at), ...lockFields(lockUntil) }),
    );

  return {
    place,

    async isAbsent() {
      return false;
    },

    async prepare() {
      await explained(() => client.send(new sdk.ListObjectsV2Command({ Bucket, Prefix: at.prefix, MaxKeys: 1 })));
    },

    async list() {
      return explained(() => listAll(at));
    },

    async read(name, largest) {
      return explained(async () => {
        const answer = await getOrNull(at, keyOf(name));
        if (answer === null) return null;
        const body = answer.Body as Readable;
        const chunks: Buffer[] = [];
        let size = 0;
        for await (const chunk of body) {
          size += (chunk as Buffer).length;
          if (size > largest) {
            body.destroy();
            throw new Failure('invalid', `${place}${name} has more than ${largest} bytes: it is too large to be read`);
          }
          chunks.push(chunk as Buffer);
        }
        return Buffer.concat(chunks);
      });
    },

    async stream(name) {
      return explained(async () => {
        const answer = await getOrNull(at, keyOf(name));
        if (answer === null) throw new Failure('missing', `there is no file ${place}${name}`);
        return download(at, keyOf(name), answer);
      });
    },

    async write(name, content, lockUntil) {
      await explained(() => put(name, content, lockUntil));
    },

    async create(name, content) {
      await explained(async () => {
        const request = { Bucket, Key: keyOf(name), Body: content, IfNoneMatch: '*', ...checksumOf(content, at) };
        try {
          await client.send(new sdk.PutObjectCommand(request));
        } catch (error) {
          if (['PreconditionFailed', 'ConditionalRequestConflict'].includes(s3ErrorName(error))) return;
          if (s3ErrorName(error) !== 'NotImplemented') throw error;
          await put(name, content, null);
        }
      });
    },

    async send(name, file, { bytes, lockUntil, onBytes, signal }) {
      await explained(async () => {
        signal?.throwIfAborted();
        const key = keyOf(name);
        if (bytes <= SMALLEST_PART_BYTES) {
          await put(name, await readFile(file), lockUntil);
          onBytes(bytes);
          return removeUploads(at, (one) => one.key === key);
        }
        const { hasResumed } = await uploadInParts(at, key, file, {
          ...{ bytes, onBytes, signal },
          create: lockFields(lockUntil),
        });
        // An upload keeps the lock with which it was begun.
        if (lockUntil === null || !hasResumed) return;
        const Retention = { Mode: 'GOVERNANCE', RetainUntilDate: lockUntil } as const;
        await client.send(new sdk.PutObjectRetentionCommand({ Bucket, Key: key, Retention }));
      });
    },

    async remove(name) {
      await explained(async () => {
        const Key = keyOf(name);
        if (await hasVersions()) return removeVersions(at, Key);
        await client.send(new sdk.DeleteObjectCommand({ Bucket, Key })).catch(onlyIfGone);
      });
    },

    async requireLocks() {
      if (await hasLocks()) return;
      throw new Failure('invalid', `the bucket ${Bucket} at ${serverOf(at.access)} has no Object Lock`, {
        hint: 'Leave --lock out, or create a bucket with Object Lock.',
      });
    },

    async lockedUntil(name) {
      const request = new sdk.HeadObjectCommand({ Bucket, Key: keyOf(name) });
      const answer = await client.send(request).catch(() => null);
      return answer?.ObjectLockRetainUntilDate ?? null;
    },

    async removeUnfinished(isOurs, before) {
      await explained(() =>
        removeUploads(at, ({ key, begun }) => isOurs(key.slice(at.prefix.length)) && begun < before),
      );
    },
  };
}

function lockFields(until: Date | null) {
  return until === null ? {} : ({ ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: until } as const);
}

async function listAll({ sdk, client, bucket, prefix, place, access }: S3Bucket): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  let pages = 0;
  for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
    if (++pages > MOST_PAGES) throw endless(place, access);
    const query = { Bucket: bucket, Prefix: prefix, Delimiter: '/', ...(token ? { ContinuationToken: token } : {}) };
    const page = await client.send(new sdk.ListObjectsV2Command(query));
    for (const { Key = '', Size = 0 } of page.Contents ?? []) {
      const name = Key.startsWith(prefix) ? Key.slice(prefix.length) : '';
      if (name !== '' && !name.includes('/')) found.push({ name, bytes: Size });
    }
    const next: string | undefined = page.IsTruncated ? page.NextContinuationToken : undefined;
    token = next === token ? undefined : next;
  }
  return found;
}

function endless(place: string, access: S3Bucket['access']): Failure {
  return new Failure('invalid', `the listing of ${place} has more than ${MOST_PAGES} pages`, {
    system: serverOf(access),
    hint: 'Give Hecate a prefix of its own: --destination s3://BUCKET/hecate/',
  });
}

async function getOrNull(at: S3Bucket, key: string, more: { Range?: string; IfMatch?: string } = {}) {
  try {
    return await at.client.send(new at.sdk.GetObjectCommand({ Bucket: at.bucket, Key: key, ...more }));
  } catch (error) {
    if (s3ErrorName(error) === 'NoSuchKey' || s3ErrorName(error) === 'NotFound') return null;
    throw error;
  }
}

/** Streams an object, and asks for the rest when the connection breaks. */
function download(at: S3Bucket, key: string, first: GetObjectCommandOutput): Readable {
  let body = first.Body as Readable;
  const total = first.ContentLength;
  const rest = async (offset: number) => {
    const more = { Range: `bytes=${offset}-`, ...(first.ETag ? { IfMatch: first.ETag } : {}) };
    const answer = await getOrNull(at, key, more);
    if (answer?.ContentRange?.startsWith(`bytes ${offset}-`)) return answer.Body as Readable;
    throw new Failure('unavailable', `${at.place} did not send the rest of ${key}`, { system: serverOf(at.access) });
  };
  const chunks = async function* () {
    let offset = 0;
    for (let broken = 0; ; broken += 1) {
      try {
        for await (const chunk of body) {
          offset += (chunk as Buffer).length;
          broken = 0;
          yield chunk as Buffer;
        }
        if (total === undefined || offset >= total) return;
        throw Object.assign(new Error('cut off'), { code: 'ECONNRESET' });
      } catch (error) {
        if (broken >= RESUMES || total === undefined) throw s3Failure(error, at);
        if (offset === total) return;
        body = await rest(offset).catch((again: unknown) => Promise.reject(s3Failure(again, at) as Error));
      }
    }
  };
  const stream = Readable.from(chunks(), { objectMode: false });
  // A generator that nobody read has no chance to end its request.
  stream.once('close', () => body.destroy());
  return stream;
}

async function bucketHasLocks({ sdk, client, bucket }: S3Bucket): Promise<boolean> {
  const request = new sdk.GetObjectLockConfigurationCommand({ Bucket: bucket });
  const answer = await client.send(request).catch(() => null);
  return answer?.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled';
}

async function bucketHasVersions({ sdk, client, bucket }: S3Bucket): Promise<boolean> {
  const answer = await client.send(new sdk.GetBucketVersioningCommand({ Bucket: bucket })).catch(() => null);
  return answer?.Status === 'Enabled' || answer?.Status === 'Suspended';
}

/** Removes all versions of an object: a plain removal would only hide it, and its bytes would stay. */
async function removeVersions(at: S3Bucket, key: string): Promise<void> {
  const { sdk, client, bucket: Bucket } = at;
  const listed = await client.send(new sdk.ListObjectVersionsCommand({ Bucket, Prefix: key })).catch(() => null);
  const all = [...(listed?.Versions ?? []), ...(listed?.DeleteMarkers ?? [])].filter(({ Key }) => Key === key);
  for (const { VersionId } of all) {
    const request = { Bucket, Key: key, ...(VersionId === undefined ? {} : { VersionId }) };
    await client.send(new sdk.DeleteObjectCommand(request)).catch(onlyIfGone);
  }
  if (listed === null) await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: key })).catch(onlyIfGone);
}

function onlyIfGone(error: unknown): void {
  if (!['NoSuchKey', 'NotFound', 'NoSuchVersion'].includes(s3ErrorName(error))) throw error;
}
