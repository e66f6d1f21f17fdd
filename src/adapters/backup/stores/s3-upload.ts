import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { CompletedPart, CreateMultipartUploadCommandInput, ListPartsCommandOutput } from '@aws-sdk/client-s3';
import { checksumOf, type S3Bucket } from './s3-client.js';
import { s3ErrorName } from './s3-failure.js';

/** Smallest part of an upload. S3 itself takes 5 MiB; a file up to this size is sent as one. */
export const SMALLEST_PART_BYTES = 8 * 1_048_576;
const MOST_PARTS = 10_000;
/** Parts that are sent at the same time. Each is in memory. */
const AT_ONCE = 3;

interface Upload {
  readonly key: string;
  readonly id: string;
  readonly begun: Date;
}

interface Source {
  readonly key: string;
  readonly file: FileHandle;
  readonly bytes: number;
  readonly partBytes: number;
  readonly count: number;
}

/**
 * Sends a file in parts. An earlier upload of the same key goes on when its parts are those of this file; others of the key are
 * aborted. Returns true in `hasResumed` when it went on.
 */
export async function uploadInParts(
  at: S3Bucket,
  key: string,
  path: string,
  options: {
    readonly bytes: number;
    readonly create: Partial<CreateMultipartUploadCommandInput>;
    readonly onBytes: (sent: number) => void;
    readonly signal: AbortSignal | undefined;
  },
): Promise<{ hasResumed: boolean }> {
  const { bytes } = options;
  const partBytes = partSizeOf(bytes);
  const file = await open(path, 'r');
  try {
    const source: Source = { key, file, bytes, partBytes, count: Math.ceil(bytes / partBytes) };
    const earlier = await findUpload(at, source);
    const create = async () => {
      const algorithm = at.usesSha256 ? ({ ChecksumAlgorithm: 'SHA256' } as const) : {};
      const request = { Bucket: at.bucket, Key: key, ...algorithm, ...options.create };
      const { UploadId: id } = await at.client.send(new at.sdk.CreateMultipartUploadCommand(request));
      if (id === undefined) throw new Error('the server began an upload without an id');
      return id;
    };
    try {
      await sendRest(at, source, earlier?.id ?? (await create()), earlier?.parts ?? new Map(), options);
      return { hasResumed: earlier !== null };
    } catch (error) {
      // The server forgot it, for example because it was started again.
      if (s3ErrorName(error) !== 'NoSuchUpload') throw error;
      if (await isWhole(at, source)) return { hasResumed: true };
      await sendRest(at, source, await create(), new Map(), options);
      return { hasResumed: false };
    }
  } finally {
    await file.close();
  }
}

/** Aborts the unfinished uploads below the prefix that a test picks. Does nothing where the server cannot list them. */
export async function removeUploads(at: S3Bucket, isMeant: (upload: Upload) => boolean): Promise<void> {
  for (const upload of await listUploads(at, at.prefix)) {
    if (isMeant(upload)) await abort(at, upload.key, upload.id);
  }
}

/** Size of all parts but the last: whole MiB, and so that there are at most 10,000. */
function partSizeOf(bytes: number): number {
  const needed = Math.ceil(bytes / MOST_PARTS / 1_048_576) * 1_048_576;
  return Math.max(SMALLEST_PART_BYTES, needed);
}

type Parts = ReadonlyMap<number, CompletedPart>;

/** Finds the upload to go on with, the newest with parts of this file, and aborts the others of its key. */
async function findUpload(at: S3Bucket, source: Source): Promise<{ id: string; parts: Parts } | null> {
  const uploads = (await listUploads(at, source.key)).filter(({ key }) => key === source.key);
  uploads.sort((a, b) => b.begun.getTime() - a.begun.getTime());
  let found: { id: string; parts: Parts } | null = null;
  for (const { id } of uploads) {
    const parts: Parts | null = found === null ? await matchingParts(at, source, id) : null;
    if (parts === null) await abort(at, source.key, id);
    else found = { id, parts };
  }
  return found;
}

/** Returns the parts of an upload that are there; null: it is the upload of another content. */
async function matchingParts(at: S3Bucket, source: Source, id: string): Promise<Parts | null> {
  const parts = new Map<number, CompletedPart>();
  for (let marker: string | undefined, isFirst = true; isFirst || marker !== undefined; isFirst = false) {
    const more = marker === undefined ? {} : { PartNumberMarker: marker };
    const request = { Bucket: at.bucket, Key: source.key, UploadId: id, ...more };
    const page: ListPartsCommandOutput | null = await at.client
      .send(new at.sdk.ListPartsCommand(request))
      .catch(() => null);
    if (page === null) return null;
    for (const { PartNumber = 0, Size, ETag, ChecksumSHA256 } of page.Parts ?? []) {
      if (PartNumber < 1 || PartNumber > source.count || Size !== sizeOf(source, PartNumber)) return null;
      const content = await readPart(source, PartNumber);
      const isSame =
        ChecksumSHA256 === undefined
          ? ETag?.replaceAll('"', '') === createHash('md5').update(content).digest('hex')
          : ChecksumSHA256 === createHash('sha256').update(content).digest('base64');
      if (!isSame) return null;
      parts.set(PartNumber, completed(PartNumber, ETag, at.usesSha256 ? ChecksumSHA256 : undefined));
    }
    const next = page.IsTruncated ? page.NextPartNumberMarker : undefined;
    marker = next === marker ? undefined : next;
  }
  return parts;
}

async function sendRest(
  at: S3Bucket,
  source: Source,
  id: string,
  there: Parts,
  { onBytes, signal }: { readonly onBytes: (sent: number) => void; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const parts = new Map(there);
  const numbers = Array.from({ length: source.count }, (_, index) => index + 1);
  let sent = [...there.keys()].reduce((sum, number) => sum + sizeOf(source, number), 0);
  onBytes(sent);
  const queue = numbers.filter((number) => !parts.has(number)).values();
  const failed = new AbortController();
  const abortSignal = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const work = async () => {
    for (const PartNumber of queue) {
      abortSignal.throwIfAborted();
      const Body = await readPart(source, PartNumber);
      const checksum = checksumOf(Body, at);
      const request = { Bucket: at.bucket, Key: source.key, UploadId: id, PartNumber, Body, ...checksum };
      const { ETag } = await at.client.send(new at.sdk.UploadPartCommand(request), { abortSignal });
      parts.set(PartNumber, completed(PartNumber, ETag, checksum.ChecksumSHA256));
      onBytes((sent += Body.length));
    }
  };
  const workers = Array.from({ length: AT_ONCE }, () => work().catch((error: unknown) => stopAll(failed, error)));
  const outcomes = await Promise.allSettled(workers);
  // The first to fail is the cause of the others.
  if (failed.signal.aborted) throw failed.signal.reason;
  for (const one of outcomes) if (one.status === 'rejected') throw one.reason;
  const Parts = numbers.map((number) => parts.get(number) ?? {});
  const request = { Bucket: at.bucket, Key: source.key, UploadId: id, MultipartUpload: { Parts } };
  await at.client.send(new at.sdk.CompleteMultipartUploadCommand(request));
}

function stopAll(failed: AbortController, error: unknown): void {
  if (!failed.signal.aborted) failed.abort(error);
}

function completed(PartNumber: number, ETag: string | undefined, ChecksumSHA256: string | undefined): CompletedPart {
  return {
    PartNumber,
    ...(ETag === undefined ? {} : { ETag }),
    ...(ChecksumSHA256 === undefined ? {} : { ChecksumSHA256 }),
  };
}

function sizeOf({ bytes, partBytes }: Source, number: number): number {
  return Math.min(partBytes, bytes - (number - 1) * partBytes);
}

async function readPart(source: Source, number: number): Promise<Buffer> {
  const content = Buffer.alloc(sizeOf(source, number));
  const { bytesRead } = await source.file.read(content, 0, content.length, (number - 1) * source.partBytes);
  return content.subarray(0, bytesRead);
}

async function listUploads({ sdk, client, bucket }: S3Bucket, prefix: string): Promise<Upload[]> {
  const found: Upload[] = [];
  let marker: { KeyMarker: string; UploadIdMarker?: string } | undefined;
  do {
    const request = new sdk.ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...marker });
    // Not every server or key may list them; then nothing goes on, and nothing is aborted.
    const page = await client.send(request).catch(onlyIfUnsupported);
    for (const { Key = '', UploadId: id, Initiated: begun } of page?.Uploads ?? []) {
      if (id !== undefined && Key.startsWith(prefix)) found.push({ key: Key, id, begun: begun ?? new Date() });
    }
    const next = page?.IsTruncated ? page.NextKeyMarker : undefined;
    const isSame = next === marker?.KeyMarker && page?.NextUploadIdMarker === marker?.UploadIdMarker;
    marker =
      next === undefined || isSame
        ? undefined
        : { KeyMarker: next, ...(page?.NextUploadIdMarker ? { UploadIdMarker: page.NextUploadIdMarker } : {}) };
  } while (marker !== undefined);
  return found;
}

function onlyIfUnsupported(error: unknown): null {
  if (['NotImplemented', 'MethodNotAllowed', 'AccessDenied', 'NoSuchUpload'].includes(s3ErrorName(error))) return null;
  throw error;
}

async function abort(at: S3Bucket, key: string, id: string): Promise<void> {
  const request = new at.sdk.AbortMultipartUploadCommand({ Bucket: at.bucket, Key: key, UploadId: id });
  await at.client.send(request).catch(onlyIfUnsupported);
}

/** True when the upload was completed although the answer got lost. The file is read back in any case. */
async function isWhole({ sdk, client, bucket }: S3Bucket, { key, bytes }: Source): Promise<boolean> {
  const page = await client.send(new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1 }));
  return page.Contents?.[0]?.Key === key && page.Contents[0].Size === bytes;
}
