import type { S3Access } from '../../../ports/backup/backups.js';
import { Failure, networkErrorReason } from '../../../ports/failure.js';
import type { ErrorKind } from '../../../domain/refusal.js';

/** What the SDK's errors have, as far as it is used. */
export interface S3Error extends Error {
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** The bucket that a request was for. */
export interface S3Place {
  readonly place: string;
  readonly bucket: string;
  readonly access: S3Access;
}

/** Returns the name of an error of S3, such as `NoSuchKey`; empty for an error of another origin. */
export function s3ErrorName(error: unknown): string {
  const { name, $metadata } = error as S3Error;
  return $metadata === undefined ? '' : name;
}

/**
 * Returns the error of a request to S3 in words, with what the server said. The SDK's own error is not passed on as the cause:
 * it has the request's signature in it.
 */
export function s3Failure(error: unknown, at: S3Place): unknown {
  if (error instanceof Failure) return error;
  const { name, message, $metadata, $response } = error as S3Error;
  if (!(error instanceof Error) || name === 'AbortError') return error;
  const server = serverOf(at.access);
  const more = (hint: string) => ({ system: server, hint });
  const fail = (kind: ErrorKind, what: string, hint: string) => new Failure(kind, what, more(hint));
  const said = `${server} said ${saidBy(error, at.access)}`;
  const known = KNOWN[name];
  if (name === 'NoSuchBucket') {
    return fail(
      'missing',
      `there is no bucket ${at.bucket} at ${server}`,
      `Create the bucket ${at.bucket}, or correct the destination.`,
    );
  }
  if (name === 'CredentialsProviderError') {
    return fail('denied', `there are no credentials for ${at.place}`, WITH_KEYS);
  }
  const region = regionIn($response?.headers, message);
  if (isRedirect(name, $metadata?.httpStatusCode, message)) {
    const which = region === null ? 'another region' : `the region ${region}`;
    return fail(
      'invalid',
      `${at.place} is in ${which}: ${said}`,
      `Set AWS_REGION=${region ?? 'REGION'}, and run the command again.`,
    );
  }
  if (known !== undefined) {
    const [kind, what, hint] = known;
    return fail(kind, `${what.replace('PLACE', at.place)}: ${said}`, hint.replace('BUCKET', at.bucket));
  }
  if (/^Region is missing/.test(message)) {
    return fail(
      'invalid',
      'AWS_REGION is not set, and the profile has no region',
      'Set AWS_REGION, such as to eu-central-1.',
    );
  }
  const status = $metadata?.httpStatusCode;
  if (status === undefined || (status < 300 && name === 'TimeoutError')) return unreachable(error, at, server);
  if (status === 401 || status === 403) {
    return fail(
      'denied',
      `${at.place} was refused: ${said}`,
      `Check the key and its rights to the bucket ${at.bucket}.`,
    );
  }
  if (status === 507) return fail('unavailable', `${at.place} is full: ${said}`, FREE);
  if (status >= 500 || status === 429 || status === 408) {
    return fail(
      'unavailable',
      `${at.place} does not work now: ${said}`,
      'Run the command again later: a backup goes on where it ended.',
    );
  }
  if (status < 300) {
    return fail('unavailable', `${server} does not answer like an S3 server: ${said}`, 'Check AWS_ENDPOINT_URL_S3.');
  }
  return fail(
    'invalid',
    `${server} refused a request for ${at.place}: ${said}`,
    'Check AWS_ENDPOINT_URL_S3 and the destination.',
  );
}

/** Returns the error of a request that S3 refused because of its time; null for any other. */
export function clockFailure(error: unknown, at: S3Place, now: Date): Failure | null {
  const { name, $response } = error as S3Error;
  if (!['RequestTimeTooSkewed', 'RequestInTheFuture'].includes(name)) return null;
  const theirs = Date.parse((error as { ServerTime?: string }).ServerTime ?? $response?.headers?.['date'] ?? '');
  const server = serverOf(at.access);
  const [own, other] = [now.toISOString(), Number.isNaN(theirs) ? null : new Date(theirs).toISOString()];
  const times = other === null ? `here it is ${own}` : `here it is ${own}, there it is ${other}`;
  return new Failure(
    'denied',
    `the clock of this machine differs too much from the one of ${server}: ${times}; it said ${name}`,
    { system: server, hint: 'Correct the clock, such as with `timedatectl set-ntp true`, and run the command again.' },
  );
}

/** Leaves out what the SDK adds for developers. */
function withoutAdvice(message: string): string {
  return (message.split('Deserialization error: to see the raw response')[0] ?? '').trim();
}

/** Returns a server for messages: its URL, or `AWS S3`. */
export function serverOf({ endpoint }: S3Access): string {
  return endpoint ?? 'AWS S3';
}

type Known = readonly [kind: ErrorKind, what: string, hint: string];

const FREE = 'Free space there, such as with `hecate backup prune`, or choose another destination.';
const WITH_KEYS = 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, in the environment of the command.';
const refused: Known = [
  'denied',
  'access to PLACE was refused',
  'Give the key the rights s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject for the bucket BUCKET.',
];
const wrongKey: Known = [
  'denied',
  'the credentials for PLACE were refused',
  'Check AWS_ACCESS_KEY_ID and AWS_ENDPOINT_URL_S3.',
];
const expired: Known = [
  'denied',
  'the credentials for PLACE have expired',
  'Sign in again, and run the command with new credentials.',
];
const full: Known = ['unavailable', 'PLACE is full', FREE];

/** Errors of S3 by name, with their kind, and what is wrong. */
const KNOWN: Readonly<Record<string, Known>> = {
  AccessDenied: refused,
  AllAccessDisabled: refused,
  AccountProblem: refused,
  InvalidAccessKeyId: wrongKey,
  SignatureDoesNotMatch: ['denied', 'the credentials for PLACE were refused', 'Check AWS_SECRET_ACCESS_KEY.'],
  InvalidToken: expired,
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  TokenRefreshRequired: expired,
  InvalidBucketName: ['invalid', 'PLACE is not accepted', 'Correct the destination.'],
  InvalidObjectState: ['invalid', 'a file at PLACE is archived', 'Restore it from the archive in S3 first.'],
  QuotaExceeded: full,
  StorageFull: full,
  XMinioStorageFull: full,
  InsufficientStorage: full,
  InvalidDigest: ['unavailable', 'a part reached PLACE damaged', 'Check the network, and run the command again.'],
  BadDigest: ['unavailable', 'a part reached PLACE damaged', 'Check the network, and run the command again.'],
  NotImplemented: ['invalid', 'the server of PLACE cannot do what Hecate needs', 'Use another S3 server, or a folder.'],
};

function isRedirect(name: string, status: number | undefined, message: string): boolean {
  const isMoved = ['PermanentRedirect', 'TemporaryRedirect', 'IllegalLocationConstraintException'].includes(name);
  return (
    isMoved || status === 301 || status === 307 || (name === 'AuthorizationHeaderMalformed' && /region/i.test(message))
  );
}

function regionIn(headers: Readonly<Record<string, string>> | undefined, message: string): string | null {
  const found = headers?.['x-amz-bucket-region'] ?? /expecting '([a-z0-9-]+)'/.exec(message)?.[1] ?? '';
  return /^[a-z0-9-]{1,64}$/.test(found) ? found : null;
}

function unreachable(error: Error, at: S3Place, server: string): Failure {
  const reason = networkErrorReason(error);
  const [why, hint] = networkProblem(reason);
  return new Failure('unavailable', `cannot reach ${server} for ${at.place}: ${why} (${clean(reason, at.access)})`, {
    system: server,
    hint,
  });
}

function networkProblem(reason: string): [why: string, hint: string] {
  const check = 'Check AWS_ENDPOINT_URL_S3 and the network, and run the command again.';
  if (/^(?:ENOTFOUND|EAI_AGAIN|EAI_FAIL)/.test(reason)) return ['its name is unknown to DNS', check];
  if (/CERT|SELF_SIGNED|UNABLE_TO_|SIGNATURE|ERR_TLS/.test(reason)) {
    return ['its certificate is not trusted', 'Set NODE_EXTRA_CA_CERTS to the file with its CA certificate.'];
  }
  if (/EPROTO|SSL|WRONG_VERSION/.test(reason)) return ['it does not speak TLS as expected', check];
  if (reason === 'no answer in time' || reason === 'ETIMEDOUT') return ['it does not answer', check];
  if (reason === 'ECONNREFUSED') return ['nothing listens there', check];
  return ['the connection failed', check];
}

/** What the server said, on one line. */
function saidBy(error: S3Error, access: S3Access): string {
  const { name, message, $metadata } = error;
  const status = $metadata?.httpStatusCode;
  const isNamed = name !== 'Error' && name !== 'Unknown' && name !== 'UnknownError' && name !== 'SyntaxError';
  const parts = [
    ...(isNamed ? [name] : [`HTTP ${status ?? '?'}`]),
    ...(message !== '' && message !== name && message !== 'UnknownError' ? [withoutAdvice(message)] : []),
  ];
  return clean(parts.join(': '), access);
}

/** Shortens a server's text, and takes what may hide or reveal something from it. */
function clean(text: string, { credentials }: S3Access): string {
  let plain = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
  for (const secret of [credentials?.secretAccessKey, credentials?.sessionToken, credentials?.accessKeyId]) {
    if (secret) plain = plain.replaceAll(secret, '***');
  }
  return plain.length > 300 ? `${plain.slice(0, 300)}…` : plain;
}
