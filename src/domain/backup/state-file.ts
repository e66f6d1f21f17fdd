import { z } from 'zod';
import { manifestKinds } from '../manifests/manifest.js';
import { definitionOf, type ManifestKind } from '../resources/kinds.js';

/** Version of the header of state files. Increase it when an older Hecate could not read a new file. */
const STATE_FILE_VERSION = 1;

const FORMAT = 'hecate-backup-state';
const BEGINNING = `# ${FORMAT}: `;

const headerSchema = z.object({
  format: z.literal(FORMAT),
  version: z.number().int().min(1),
  environment: z.object({ name: z.string().max(63), logId: z.string().min(1).max(100) }),
  /** Sequence of the newest commit; null: the log has none. */
  sequence: z.number().int().min(0).nullable(),
  /** Time of the backup, ISO 8601 UTC. */
  at: z.string().max(40),
  /** Plurals of the kinds of which the file has all resources. */
  components: z.array(z.string().max(63)).max(50),
});

/** First line of a state file: what it is of. */
export type StateHeader = z.infer<typeof headerSchema>;

/** SHA-256 (hex) of a text. */
type Sha256 = (text: string) => string;

/** Returns the header of a state file with all components. */
export function stateHeader(given: Pick<StateHeader, 'environment' | 'sequence' | 'at'>): StateHeader {
  const components = manifestKinds.map((kind) => definitionOf(kind).plural);
  return { format: FORMAT, version: STATE_FILE_VERSION, ...given, components };
}

/** Returns a state file: a comment with the header and a hash of the whole, and the manifests as YAML documents. */
export function stateFileText(header: StateHeader, manifests: string, sha256: Sha256): string {
  const signed = { ...header, sha256: sha256(`${JSON.stringify(header)}\n${manifests}`) };
  return `${BEGINNING}${JSON.stringify(signed)}\n${manifests}`;
}

/** Header of a state file: what it says, `none` for a file of manifests without one, or what is wrong with it. */
export type FoundHeader =
  { readonly header: StateHeader } | { readonly problem: string; readonly hint: string } | 'none';

/** Reads the header of a state file and compares its hash, so that a damaged file is not taken for another state. */
export function headerOf(text: string, sha256: Sha256): FoundHeader {
  const end = text.indexOf('\n');
  const line = end === -1 ? text : text.slice(0, end);
  // One changed byte must not turn the file into one without a header.
  if (!line.startsWith(BEGINNING) && !line.includes(`"format":"${FORMAT}"`)) return 'none';
  let json: unknown;
  try {
    json = line.startsWith(BEGINNING) ? JSON.parse(line.slice(BEGINNING.length)) : null;
  } catch {
    json = null;
  }
  const { version } = z.object({ version: z.number() }).safeParse(json).data ?? {};
  if (version !== undefined && version > STATE_FILE_VERSION) {
    return {
      problem: `it has version ${version} of the format, and this Hecate reads up to ${STATE_FILE_VERSION}`,
      hint: 'Upgrade Hecate to the version that wrote it, or a later one.',
    };
  }
  const found = headerSchema.safeParse(json).data;
  const { sha256: written } = z.object({ sha256: z.string() }).safeParse(json).data ?? {};
  if (found === undefined || written === undefined) return damaged('its first line is damaged');
  const { sha256: _written, ...header } = json as StateHeader & { readonly sha256: string };
  if (sha256(`${JSON.stringify(header)}\n${text.slice(end + 1)}`) === written) return { header: found };
  return damaged('it was damaged or edited after it was written');
}

/** Returns true for a text that `backup state` wrote and nobody changed. */
export function isStateFile(text: string, sha256: Sha256): boolean {
  const found = headerOf(text, sha256);
  return found !== 'none' && 'header' in found;
}

/** Returns the kinds of which a file with this header has all resources. */
export function completeKinds({ components }: StateHeader): readonly ManifestKind[] {
  return manifestKinds.filter((kind) => components.includes(definitionOf(kind).plural));
}

function damaged(problem: string): FoundHeader {
  return {
    problem,
    hint: 'Use another backup. If you edited it, remove its first line: what it lacks of the kinds that it has is deleted by a restore then too.',
  };
}
