/** Name of the stream that holds the log. */
export const STREAM = 'HECATE';
/** Subjects of all commits. */
export const COMMITS = 'hecate.commit.>';
/** Subjects of all outcomes; separate, so that an outcome never makes a commit conflict. */
export const OUTCOMES = 'hecate.outcome.>';
/** Bucket of snapshots; only a cache. */
export const SNAPSHOTS = 'hecate-snapshots';
/** Bucket with the changes of large commits; never emptied. */
export const BLOBS = 'hecate-blobs';
/** Bucket of inputs and plans; its values expire after an hour. */
export const BLOB_STAGING = 'hecate-staging';
/** Name of the stream that remembers which run took which request. */
export const TAKEN = 'HECATE_TAKEN';
/** Subjects of all taken requests. */
export const TAKEN_REQUESTS = 'hecate.taken.*';
/** Key of the stream's metadata with the log's id. */
export const LOG_ID = 'hecate-log-id';

/** The subject of one commit. */
export function commitSubject(id: string): string {
  return `hecate.commit.${token(id)}`;
}

/** The subject of one operation's outcome. */
export function outcomeSubject(id: string): string {
  return `hecate.outcome.${token(id)}`;
}

/** The subject of one taken request. */
export function takenSubject(id: string): string {
  return `hecate.taken.${token(id)}`;
}

/** One token of a subject: the id, or its base64url when it has characters that a token cannot have. */
function token(id: string): string {
  return /^[A-Za-z0-9_:-]+$/.test(id) ? id : `=${Buffer.from(id).toString('base64url')}`;
}
