/** The stream that holds the log, and the buckets beside it. */
export const STREAM = 'HECATE';
export const COMMITS = 'hecate.commit.>';
export const OUTCOMES = 'hecate.outcome.>';
export const SNAPSHOTS = 'hecate-snapshots';
/** Changes of large commits; what a commit names is never deleted. */
export const BLOBS = 'hecate-blobs';
export const STAGING = 'hecate-staging';
/** Key of the stream's metadata that holds the log's id. */
export const LOG_ID = 'hecate-log-id';

export function commitSubject(id: string): string {
  return `hecate.commit.${token(id)}`;
}

export function outcomeSubject(id: string): string {
  return `hecate.outcome.${token(id)}`;
}

/** Ids become one token of a subject; what could not be one is encoded. */
function token(id: string): string {
  return /^[A-Za-z0-9_:-]+$/.test(id) ? id : `=${Buffer.from(id).toString('base64url')}`;
}
