import { redactAddresses } from './redaction.js';

/** A destination of backups, taken apart. */
export type Destination =
  /** An absolute path without a `/` at its end. */
  | { readonly kind: 'folder'; readonly path: string }
  /** The prefix is empty or ends with `/`. */
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

/** A destination, or why a text is none. */
export type ParsedDestination = { readonly ok: Destination } | { readonly problem: string };

// Wider than AWS's own rule: other servers take capitals and underscores.
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/;
const LONGEST_BYTES = 700;

/**
 * Parses `s3://bucket/prefix` or a path; a relative path begins at `folder`, an absolute path. The problem names no
 * credentials, should somebody have written them into the text.
 */
export function parseDestination(text: string, folder: string): ParsedDestination {
  if (text.trim() === '') return { problem: 'the destination is empty' };
  if (hasControlCharacters(text)) return { problem: 'the destination has a line break or another control character' };
  if (new TextEncoder().encode(text).length > LONGEST_BYTES) {
    return { problem: `the destination is longer than ${LONGEST_BYTES} bytes` };
  }
  if (/^s3:\/\//i.test(text)) return parseS3(text.slice('s3://'.length));
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1];
  if (scheme !== undefined) {
    return { problem: `"${shown(text)}" is neither a folder nor s3://bucket/prefix/; ${scheme}: is not supported` };
  }
  if (/^~(?:\/|$)/.test(text)) {
    return { problem: `the shell did not replace the ~ in "${shown(text)}"; write "$HOME${text.slice(1)}"` };
  }
  return { ok: { kind: 'folder', path: normalized(text.startsWith('/') ? text : `${folder}/${text}`) } };
}

/** Returns a destination as text: an absolute path, or `s3://bucket/prefix/`. It parses to the same destination. */
export function destinationText(destination: Destination): string {
  return destination.kind === 'folder' ? destination.path : `s3://${destination.bucket}/${destination.prefix}`;
}

/** Returns true when an absolute path is a folder, or is inside it. Compares texts only, so follow links before. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

function parseS3(text: string): ParsedDestination {
  const slash = text.indexOf('/');
  const bucket = slash < 0 ? text : text.slice(0, slash);
  if (bucket.includes('@')) {
    return {
      problem: 'a destination has no credentials in it; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead',
    };
  }
  if (!BUCKET.test(bucket)) {
    return {
      problem: `"${shown(bucket)}" is not a name of a bucket: it has 3 to 63 letters, digits, dots, - and _; write s3://bucket/prefix/`,
    };
  }
  const path = slash < 0 ? '' : text.slice(slash + 1);
  if (/[?#]/.test(path)) return { problem: `a destination has no ? and # in it: s3://${bucket}/…` };
  const segments = path.replace(/\/$/, '').split('/');
  if (path !== '' && segments.some((one) => one === '' || one === '.' || one === '..')) {
    return { problem: `the prefix of s3://${bucket}/… has an empty part, or "." or ".."` };
  }
  return { ok: { kind: 's3', bucket, prefix: path === '' ? '' : `${segments.join('/')}/` } };
}

/** Resolves `.` and `..`, and removes slashes that mean nothing. */
function normalized(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function hasControlCharacters(text: string): boolean {
  return /[\p{Cc}\p{Cf}\u2028\u2029]/u.test(text);
}

function shown(text: string): string {
  return redactAddresses(text);
}
