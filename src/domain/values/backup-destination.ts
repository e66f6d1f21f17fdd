import { z } from 'zod';

const LONGEST = 1_000;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const [S3, FOLDER] = ['s3://', '/'];

const place = z
  .string()
  .max(LONGEST, `it has more than ${LONGEST} characters`)
  .regex(/^[^\p{Cc}]*$/u, 'it contains control characters')
  .refine((text) => text.startsWith(S3) || text.startsWith(FOLDER), {
    message: 'give s3://BUCKET/PREFIX, or the absolute path of a folder; the worker reads and writes it',
  })
  .refine((text) => !text.startsWith(S3) || BUCKET.test(bucketOf(text)), {
    message: 'the name of its bucket has 3 to 63 of a-z, 0-9, dots and dashes; credentials do not belong into it',
  });

/** A destination of backups: `s3://bucket/prefix/`, or the absolute path of a folder. Idempotent: a prefix ends with a slash, a folder does not. */
export const backupDestination = place.overwrite((text) => canonical(text));

/** A backup for the worker to read: a {@link backupDestination} with `/latest`, with the file of a backup, or alone (its latest). */
export const backupSource = place;

/** Returns true for a destination in S3, for which credentials are needed. */
export function isS3(destination: string): boolean {
  return destination.startsWith(S3);
}

/** Returns a destination in the form in which it is kept: a prefix ends with a slash, a folder does not. */
function canonical(text: string): string {
  const isBucket = isS3(text);
  const names = (isBucket ? text.slice(S3.length) : text).split('/').filter((name) => name !== '' && name !== '.');
  if (isBucket) return `${S3}${names.join('/')}/`;
  const within = names.reduce<string[]>((above, name) => (name === '..' ? above.slice(0, -1) : [...above, name]), []);
  return `/${within.join('/')}`;
}

function bucketOf(text: string): string {
  return text.slice(S3.length).split('/')[0] ?? '';
}
