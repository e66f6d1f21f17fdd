import { z } from 'zod';
import { destinationText, parseDestination } from './destination.js';

const S3 = 's3://';

const place = z.string().superRefine((text, context) => {
  const parsed = parseDestination(text, '/');
  const isRelative = 'ok' in parsed && parsed.ok.kind === 'folder' && !text.startsWith('/');
  const problem = isRelative ? RELATIVE : 'problem' in parsed ? parsed.problem : null;
  if (problem !== null) context.addIssue({ code: 'custom', message: problem });
});

const RELATIVE = 'give s3://BUCKET/PREFIX/, or the absolute path of a folder; the worker reads and writes it';

/**
 * A destination of backups: `s3://bucket/prefix/`, or the absolute path of a folder. Idempotent: a prefix ends with a slash, a
 * folder does not.
 */
export const backupDestination = place.overwrite((text) => canonical(text));

/** A backup for the worker to read: a {@link backupDestination} with `/latest`, with the file of a backup, or alone (its latest). */
export const backupSource = place;

/** Returns true for a destination in S3, for which credentials are needed. */
export function isS3(destination: string): boolean {
  return destination.startsWith(S3);
}

function canonical(text: string): string {
  const parsed = parseDestination(text, '/');
  return 'ok' in parsed ? destinationText(parsed.ok) : text;
}
