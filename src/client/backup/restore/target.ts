import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { fileProblem } from '../../../adapters/files/secret-file.js';
import { readFilesInTurns, type ManifestFile } from '../../../adapters/manifests/index.js';
import {
  restorableKinds,
  restoreTarget,
  type RestorableResource,
  type RestoreTarget,
} from '../../../domain/backup/target.js';
import type { Problem } from '../../../domain/manifests/problems.js';
import { definitionOf, type ResourceKind } from '../../../domain/resources/kinds.js';
import { operatorSchema } from '../../../domain/resources/operator.js';
import { Failure } from '../../../ports/failure.js';
import type { OpenedBackup } from '../../../ports/backup/opened-backup.js';
import { withLog } from '../../connect/with-log.js';
import { problemLines } from '../../run/manifests-of.js';
import { stagedSecretId } from '../../run/operation-id.js';
import { targetFromStateFile } from './state-file.js';

/** File with the operators in a backup of components. */
const OPERATORS = 'state/operators.json';

/** Returns true for the path of a file that `backup state` writes. */
export function isStateFile(from: string): boolean {
  return !from.startsWith('s3://') && /\.ya?ml$/i.test(from);
}

/** Returns the desired state of an opened backup. Each value that it has of Vault gets an id for the staging mount. */
export async function targetOfBackup(opened: OpenedBackup): Promise<RestoreTarget> {
  const { last, state } = opened;
  const { logId, name: environment } = last.environment;
  const origin = { name: last.name, logId, environment, at: state?.at ?? last.createdAt };
  if (state !== null) {
    const paths = opened.parts('secrets/').map((path) => path.slice('secrets/'.length, -'.json'.length));
    const values = Object.fromEntries(paths.map((path) => [path, stagedSecretId()]));
    return restoreTarget(state, { ...origin, sequence: state.head?.sequence ?? null }, values);
  }
  const files: ManifestFile[] = [];
  for (const path of opened.parts('state/')) {
    const content = await opened.part(path);
    if (content !== null && path !== OPERATORS) files.push({ path, text: content.toString('utf8') });
  }
  const isIn = (kind: ResourceKind) => last.components === 'all' || last.components.includes(definitionOf(kind).plural);
  const resources = [...(await described(files)), ...(await operatorsOf(opened))];
  return {
    ...{ origin: { ...origin, sequence: null }, resources, values: {} },
    kinds: restorableKinds.filter(isIn),
    isDescribed: true,
  };
}

/** Returns the desired state that a file of `backup state`, or of other manifests, describes. Throws `missing` and `invalid`. */
export async function targetOfStateFile(path: string): Promise<RestoreTarget> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const isMissing = cause.code === 'ENOENT';
    throw new Failure(isMissing ? 'missing' : 'invalid', `cannot read ${path}: ${fileProblem(cause)}`, {
      hint: 'Write the state into a file with: hecate backup state --output FILE',
      cause,
    });
  });
  const { state } = await withLog((log) => log.view());
  return targetFromStateFile(bytes, path, { state, now: new Date().toISOString() });
}

async function described(files: readonly ManifestFile[]): Promise<RestorableResource[]> {
  // References are checked when the restore is planned, against what there is then.
  const known = () => [];
  const { resources, problems } = await readFilesInTurns(files, { known });
  const wrong = problems.filter(({ code }) => !REFERENCES.has(code));
  if (wrong.length > 0) throw unreadable(wrong);
  return resources.map(({ kind, name, value }) => ({ kind, name, value }) as RestorableResource);
}

/** Code of a reference to what is not in the files. */
const REFERENCES: ReadonlySet<string> = new Set(['HEC011']);

function unreadable(problems: readonly Problem[]): Failure {
  return new Failure('invalid', problems.flatMap(problemLines).join('\n'), {
    hint: 'Correct the file, or use another backup. Nothing was changed.',
  });
}

const operators = z.array(operatorSchema);

async function operatorsOf(opened: OpenedBackup): Promise<RestorableResource[]> {
  const content = await opened.part(OPERATORS);
  if (content === null) return [];
  const parsed = operators.safeParse(JSON.parse(content.toString('utf8')));
  if (!parsed.success) throw new Failure('invalid', `${OPERATORS} of ${opened.last.name} does not list operators`);
  return parsed.data.map((value) => ({ kind: 'Operator', name: value.name, value }));
}
