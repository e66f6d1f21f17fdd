import { readExported, writeFolder } from '../../adapters/manifests/index.js';
import { exportedFrom } from '../../domain/manifests/exported.js';
import type { ManifestResource } from '../../domain/manifests/manifest.js';
import { withRotationPlans } from '../../domain/manifests/rotation-plans.js';
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
  const resources = exportedFrom((await look(at)).state);
  const { written, unchanged } = writeFolder(folder, withRotationPlans(resources), { overwrites: force });
  for (const line of leftOver(folder, resources)) toStderr(line);
  await print(
    output,
    { folder, written, unchanged },
    () => `${written.length} written, ${unchanged.length} unchanged in ${folder}`,
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
