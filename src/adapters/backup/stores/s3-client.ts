import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type * as S3 from '@aws-sdk/client-s3';
import { isAws } from './s3-access.js';
import { clockFailure, type S3Place } from './s3-failure.js';

/** The SDK's module, which is loaded only when a destination is in S3. */
export type S3Sdk = typeof S3;

/** Bucket and prefix with the client that reaches them. */
export interface S3Bucket extends S3Place {
  readonly sdk: S3Sdk;
  readonly client: S3.S3Client;
  /** Empty, or ends with `/`. */
  readonly prefix: string;
  /** Send SHA-256 with each request, for AWS. Else MD5, which every server knows. */
  readonly usesSha256: boolean;
}

/** How long a server may be silent, in milliseconds. */
const SILENCE_MS = 120_000;
const CONNECT_MS = 10_000;
const ATTEMPTS = 4;
/** Largest answer but for an object, in bytes: a page of a thousand names has less than 2 MiB. */
const LARGEST_ANSWER_BYTES = 16_777_216;
const quiet = () => undefined;

/** Creates the client of a destination. It retries what may succeed later, and prints nothing. */
export function createS3Client(sdk: S3Sdk, at: S3Place, silenceMs = SILENCE_MS): S3.S3Client {
  const { access } = at;
  const checksums = isAws(access.endpoint) ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
  const client = new sdk.S3Client({
    ...(access.endpoint === null ? {} : { endpoint: access.endpoint }),
    ...(access.region === '' ? {} : { region: access.region }),
    ...(access.credentials === null ? {} : { credentials: access.credentials }),
    // The environment of the worker is not the one of the command whose access this is.
    ignoreConfiguredEndpointUrls: true,
    forcePathStyle: access.pathStyle,
    followRegionRedirects: isAws(access.endpoint),
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    maxAttempts: ATTEMPTS,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: silenceMs,
      logger: { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet },
    },
  });
  // The SDK would correct its clock by the server's and try again. The times in backups would still be wrong.
  client.middlewareStack.add(
    (next) => async (request) => {
      try {
        return await next(request);
      } catch (error) {
        throw clockFailure(error, at, new Date()) ?? error;
      }
    },
    { step: 'deserialize', priority: 'high', name: 'hecateClock' },
  );
  // The SDK collects answers in memory, however long they are. Objects are read as streams.
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (request) => {
        const result = await next(request);
        const answer = result.response as { readonly statusCode?: number; readonly body?: unknown };
        const isObject = commandName === 'GetObjectCommand' && (answer.statusCode ?? 500) < 300;
        if (!isObject && answer.body instanceof Readable) bounded(answer.body);
        return result;
      },
    { step: 'deserialize', priority: 'low', name: 'hecateLargestAnswer' },
  );
  return client;
}

/** Ends an answer that is too long. */
function bounded(body: Readable): void {
  let bytes = 0;
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > LARGEST_ANSWER_BYTES) body.destroy(new Error(`it sent more than ${LARGEST_ANSWER_BYTES} bytes`));
  });
  // Whoever reads it starts it.
  body.pause();
}

/** Returns the checksum of a request's body, which the server compares. */
export function checksumOf(content: Uint8Array, { usesSha256 }: Pick<S3Bucket, 'usesSha256'>) {
  if (usesSha256) return { ChecksumSHA256: createHash('sha256').update(content).digest('base64') };
  return { ContentMD5: createHash('md5').update(content).digest('base64') };
}
