import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { writePrivate } from '../../adapters/files/private-files.js';
import { fileProblem } from '../../adapters/files/secret-file.js';
import { manifestTexts } from '../../adapters/manifests/index.js';
import { isStateFile, stateFileText, stateHeader } from '../../domain/backup/state-file.js';
import { USUAL_ENVIRONMENT } from '../../domain/values/environment-name.js';
import { exportedManifests } from '../../domain/manifests/exported.js';
import { Failure } from '../../ports/failure.js';
import { connectionsHere } from '../connect/connections-here.js';
import { withLog } from '../connect/with-log.js';
import { toStderr } from '../print/visible.js';

/** Options of `backup state`. */
export interface StateOptions {
  /** File to write; `-`: standard output. */
  readonly output: string;
  readonly force?: boolean;
}

/**
 * Runs `backup state`: writes the state as one YAML file with mode 0600, without a worker. Returns the exit code. Throws `conflict`
 * for a file that it did not write, or that was edited since, unless `force`.
 */
export async function state({ output, force = false }: StateOptions): Promise<number> {
  const file = output === '-' ? null : targetOf(output, force);
  const { text, count } = await stateHere();
  if (file === null) process.stdout.write(text);
  else {
    write(file, text, output);
    process.stdout.write(`${count} ${count === 1 ? 'resource' : 'resources'} written to ${output}\n`);
  }
  toStderr('· it has no log and no values of secrets; for all that a new machine needs: hecate backup full');
  return 0;
}

async function stateHere(): Promise<{ readonly text: string; readonly count: number }> {
  const { environment = USUAL_ENVIRONMENT } = connectionsHere().nats;
  return withLog(async (log) => {
    const { state: present, logId } = await log.view();
    const resources = exportedManifests(present);
    const sequence = present.head?.sequence ?? null;
    const header = stateHeader({ environment: { name: environment, logId }, sequence, at: new Date().toISOString() });
    return { text: stateFileText(header, manifestTexts(resources), sha256), count: resources.length };
  });
}

/** Returns the file that is written: what a link leads to. */
function targetOf(output: string, force: boolean): string {
  try {
    const file = realpathSync(output);
    if (!lstatSync(file).isFile()) throw new Failure('invalid', `--output ${output} is not a regular file`);
    if (!force && !isStateFile(readFileSync(file, 'utf8'), sha256)) {
      throw new Failure('conflict', `${output} was not written by \`backup state\`, or was edited since`, {
        hint: 'Add --force to overwrite it, or name another file.',
      });
    }
    return file;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return output;
    throw error instanceof Failure ? error : cannotWrite(output, error);
  }
}

function write(file: string, text: string, output: string): void {
  try {
    writePrivate(file, text);
  } catch (error) {
    throw cannotWrite(output, error);
  }
}

function cannotWrite(output: string, cause: unknown): Failure {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new Failure('unavailable', `the disk is full: cannot write --output ${output}`, { cause });
  }
  return new Failure('invalid', `cannot write --output ${output}: ${fileProblem(cause)}`, { cause });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
