import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { BackupRecord } from '../../src/domain/backup/manifest.js';

let program: string | undefined;

/** Starts a process that puts a file and makes it the latest backup, so that a test can kill it. */
export function startPutting(put: {
  readonly destination: string;
  readonly path: string;
  readonly record: BackupRecord;
  readonly env?: NodeJS.ProcessEnv;
  /** Largest file that it may write, in blocks of 1,024 bytes. */
  readonly fileLimit?: number;
}): ChildProcess {
  const { destination, path, record, env = {}, fileLimit } = put;
  const limit = fileLimit === undefined ? '' : `ulimit -f ${fileLimit}; `;
  const args = ['-c', `${limit}exec "$0" "$@"`, process.execPath, bundled(), destination, path, JSON.stringify(record)];
  return spawn('bash', args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
}

function bundled(): string {
  if (program !== undefined) return program;
  const outfile = join(mkdtempSync(join(tmpdir(), 'hecate-putting-')), 'put.cjs');
  const entryPoints = [join(import.meta.dirname, 'put-backup.ts')];
  buildSync({
    entryPoints,
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'error',
  });
  return (program = outfile);
}
