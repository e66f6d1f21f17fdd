import { readFolder, writeFolder } from '../../adapters/manifests/index.js';
import type { Described } from '../../domain/manifest.js';
import { describedBy } from '../reads/described.js';
import { readState } from '../reads/reading.js';
import { print, type OutputFormat } from '../output.js';

/** Writes one manifest per resource of the log into a folder. Exceptions in force are left out: they end by themselves. */
export async function exportTo(folder: string, overwrites: boolean, format: OutputFormat): Promise<void> {
  const resources = describedBy(await readState());
  const { written, unchanged } = writeFolder(folder, resources, { overwrites });
  for (const line of leftOver(folder, resources)) process.stderr.write(`${line}\n`);
  await print(
    format,
    { folder, written, unchanged },
    () => `${written.length} written, ${unchanged.length} unchanged in ${folder}`,
  );
}

/** What a later apply of the folder would stumble over, or bring back. */
function leftOver(folder: string, resources: readonly Described[]): string[] {
  const { resources: found, problems } = readFolder(folder);
  const exported = new Set(resources.map(({ kind, name }) => `${kind}/${name}`));
  const gone = found.filter(({ kind, name }) => !exported.has(`${kind}/${name}`));
  return [
    ...gone.map(({ kind, name, at }) => `left: ${at.path} describes ${kind} ${name}, which is not in the log`),
    ...problems.map(({ at, message }) => `warning: ${at.path}: ${message}`),
  ];
}
