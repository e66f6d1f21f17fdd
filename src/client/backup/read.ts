import type { BackupManifest } from '../../domain/backup/manifest.js';
import { definitionOf } from '../../domain/resources/kinds.js';
import { byteSize } from '../../domain/values/byte-size.js';
import type { OpenedBackup } from '../../ports/backup/opened-backup.js';
import { fieldLines, print, type OutputFormat } from '../print/output.js';
import { placesOf } from './take/destinations.js';
import { withBackup } from './opening.js';

/** Options of `read backup`. */
export interface ReadOptions {
  readonly output: OutputFormat;
  readonly name: string;
  readonly destination?: readonly string[];
  readonly identity?: string;
}

/** Opens a backup with those that it needs, and shows what is in them. Returns the exit code. */
export async function read({ output, name, destination, identity }: ReadOptions): Promise<number> {
  const from = name.includes('/') ? name : within((await placesOf(destination))[0] ?? '', name);
  const options = { ...(identity === undefined ? {} : { identity }), isQuiet: output !== 'table' };
  await withBackup(from, options, async (opened) => {
    const { parts: _parts, ...manifest } = opened.last;
    const data = { place: opened.place, ...manifest, ...inside(opened), chain: opened.links.map(linkOf) };
    await print(output, data, () => text(opened));
  });
  return 0;
}

function within(destination: string, name: string): string {
  return destination.endsWith('/') ? `${destination}${name}` : `${destination}/${name}`;
}

/** Returns the number of files and bytes of the last backup, and the number of resources by kind at its end. */
function inside(opened: OpenedBackup) {
  const { last, state } = opened;
  const resources: Record<string, number> = {};
  const plurals =
    state === null
      ? opened.parts('state/').map((path) => path.split('/')[1] ?? '')
      : [...state.resources.values()].map(({ kind }) => definitionOf(kind).plural);
  for (const plural of plurals) resources[plural] = (resources[plural] ?? 0) + 1;
  return { resources, files: last.parts.length, bytes: last.parts.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function linkOf({ name, kind, createdAt, range }: BackupManifest) {
  return { name, kind, createdAt, range };
}

function text(opened: OpenedBackup): string {
  const { last, links, place } = opened;
  const { resources, files, bytes } = inside(opened);
  const { name, id, logId } = last.environment;
  return fieldLines([
    ['backup', last.name],
    ['place', place],
    ['kind', last.components === 'all' ? last.kind : `components ${last.components.join(', ')}`],
    ['made', `${last.createdAt} by Hecate ${last.hecate}, format ${last.version}`],
    ['environment', `${name} (id ${id}, log ${logId})`],
    ['log', rangeText(last)],
    ['resources', Object.entries(resources).map(([plural, count]) => `${count} ${plural}`)],
    ['files', `${files}, ${byteSize(bytes)} unpacked`],
    ['contains', last.contains],
    ['omits', last.omits],
    ['chain', links.map((link) => `${link.name}: ${rangeText(link) ?? 'no log'}`)],
  ]);
}

function rangeText({ range }: BackupManifest): string | null {
  if (range === null) return null;
  if (range.to < range.from) return 'no messages';
  return `messages ${range.from} to ${range.to}${range.head === null ? '' : `, newest commit ${range.head.sequence}`}`;
}
