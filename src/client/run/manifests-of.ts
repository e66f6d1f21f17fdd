import { createHash } from 'node:crypto';
import { findFolderOrigin } from '../../adapters/git/folder-origin.js';
import { readFolder, prerequisiteProblems } from '../../adapters/manifests/index.js';
import type { Desired } from '../../domain/manifests/desired.js';
import { USUAL_FOLDER } from '../../domain/manifests/limits.js';
import { all } from '../../domain/log/state.js';
import { Failure } from '../../ports/failure.js';
import { withLog } from '../connect/with-log.js';
import type { Problem } from '../../domain/manifests/problems.js';

/** Returns the resources of a folder of manifests and their origin. Throws `invalid` with every problem and its position. */
export async function manifestsOf(folder: string): Promise<Pick<Desired, 'source' | 'resources'>> {
  const [state, origin] = await Promise.all([
    withLog(async (log) => (await log.view()).state),
    findFolderOrigin(folder),
  ]);
  const read = readFolder(folder, (kind) => all(state, kind).map((held) => held.name));
  const { resources } = read;
  const problems = [...read.problems, ...prerequisiteProblems(read, state)];
  if (problems.length > 0) {
    throw new Failure('invalid', problems.flatMap(problemLines).join('\n'), {
      hint: 'Correct the manifests and run the command again; nothing was changed.',
    });
  }
  if (resources.length === 0) throw noManifests(folder);
  const wanted = resources.map(({ kind, name, value }) => ({ kind, name, value })) as Desired['resources'];
  const { repository, path, ref, sha, head } = origin;
  // The default folder of a repository has the name of its URL.
  const name = path === '' || path === USUAL_FOLDER ? repository : `${repository}//${path}`;
  const digest = createHash('sha256').update(JSON.stringify(wanted)).digest('hex');
  return { source: { name, repository, ref, sha, head, digest }, resources: wanted };
}

/** The error for a folder without manifests: applying it would only record that it is empty. */
export function noManifests(folder: string): Failure {
  return new Failure('invalid', `${folder} contains no manifests`, {
    hint: 'Give a folder with *.yaml, *.yml or *.json files. To write them: hecate export --to FOLDER',
  });
}

/** Returns a problem as compilers print it: position, message, and the line with a mark under the column. */
export function problemLines({ code, message, at }: Problem): string[] {
  if (at.line === 0) return [`${at.path}: ${code} ${message}`];
  const mark = `${' '.repeat(Math.max(0, Math.min(at.column - 1, at.text.length)))}^`;
  return [
    `${at.path}:${at.line}:${at.column}: ${code} ${message}`,
    `    ${at.text}`,
    ...(at.text === '' ? [] : [`    ${mark}`]),
  ];
}
