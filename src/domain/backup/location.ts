/** Where a backup to open lies. */
export interface BackupLocation {
  /** Folder or S3 prefix, as `OpenStore` takes it. */
  readonly destination: string;
  /** The name or file of the backup there; null: the latest one. */
  readonly name: string | null;
}

const ENDING = /(?:\.tar\.gz(?:\.age)?|\.json)$/;

/** Returns true for a location in S3. */
export function isInS3(from: string): boolean {
  return from.startsWith('s3://');
}

/**
 * Returns the location that a text names in S3: `s3://bucket/prefix/latest`, `…/NAME`, `…/NAME.tar.gz.age`, or the prefix
 * itself. A last part counts as a name when it looks like the name of a backup.
 */
export function locationInS3(from: string): BackupLocation {
  const [bucket = '', ...rest] = from.slice('s3://'.length).split('/');
  const path = rest.join('/');
  const cut = path.lastIndexOf('/') + 1;
  const last = path.slice(cut);
  const folder = `s3://${bucket}/${path.slice(0, cut)}`;
  if (last === 'latest') return { destination: folder, name: null };
  return looksLikeBackup(last) ? { destination: folder, name: nameIn(last) } : { destination: from, name: null };
}

/** Returns the name of a backup without the ending of its file or record. */
export function nameIn(file: string): string {
  return file.replace(ENDING, '');
}

/** Returns true for a name as Hecate gives it to backups, with or without an ending, and for every file with such an ending. */
function looksLikeBackup(last: string): boolean {
  return ENDING.test(last) || /-(?:full|incremental|components)-\d{8}T\d{6}Z/.test(last);
}
