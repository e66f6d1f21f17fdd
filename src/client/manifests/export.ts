import { readExported, writeFolder } from '../../adapters/manifests/index.js';
import type { ManifestResource } from '../../domain/manifests/manifest.js';
import type { Secret } from '../../domain/resources/secret.js';
import { secretKinds } from '../../domain/secrets/kinds.js';
import { withRotationPlans } from '../../domain/manifests/rotation-plans.js';
import { describedBy } from '../reads/described.js';
import { look } from '../reads/reading.js';
import { toStderr } from '../print/visible.js';
import { print, type OutputFormat } from '../print/output.js';

/** Options of `export`. */
export interface ExportOptions {
  readonly output: OutputFormat;
  /** A time or a sequence; absent: now. */
  readonly at?: string;
  readonly to: string;
  /** Overwrites files that export did not write or that were edited since. */
  readonly force?: boolean;
}

/** Writes one manifest per resource of the log into a folder. Leaves out bypasses, canaries and failovers: they end by themselves. */
export async function exportTo({ to: folder, force = false, output, at }: ExportOptions): Promise<void> {
  const described = describedBy((await look(at)).state);
  const scheduled = scheduledSecrets(described);
  const resources = described.filter((one) => !isOwnSecret(one) || scheduled.has(one.name));
  const { written, unchanged } = writeFolder(folder, withRotationPlans(resources), { overwrites: force });
  for (const line of leftOver(folder, resources)) toStderr(line);
  await print(
    output,
    { folder, written, unchanged },
    () => `${written.length} written, ${unchanged.length} unchanged in ${folder}`,
  );
}

/** Hecate's own credentials exist in every environment, under the names of its systems; another one may lack some. */
function isOwnSecret({ kind, value }: ManifestResource): boolean {
  if (kind !== 'Secret') return false;
  const secret = value as Partial<Secret>;
  return secretKinds.some(({ name, isOwn }) => isOwn && name === secret.kind);
}

/** Returns the names of the secrets that have a schedule of their own, which needs them. */
function scheduledSecrets(resources: readonly ManifestResource[]): ReadonlySet<string> {
  return new Set(
    resources.flatMap(({ kind, value }) =>
      kind === 'Schedule' && value.action.kind === 'rotate' ? (value.action.secret ?? []) : [],
    ),
  );
}

/** Warnings about files in the folder that a later apply would refuse, or that would restore deleted resources. */
function leftOver(folder: string, resources: readonly ManifestResource[]): string[] {
  const { resources: found, problems } = readExported(folder, (kind) =>
    resources.filter((one) => one.kind === kind).map(({ name }) => name),
  );
  const exported = new Set(resources.map(({ kind, name }) => `${kind}/${name}`));
  const gone = found.filter(({ kind, name }) => !exported.has(`${kind}/${name}`));
  return [
    ...gone.map(({ kind, name, at }) => `left: ${at.path} describes ${kind} ${name}, which is not in the log`),
    ...problems.map(({ at, message }) => `warning: ${at.path}: ${message}`),
  ];
}
