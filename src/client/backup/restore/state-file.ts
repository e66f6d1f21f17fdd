import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { readFiles } from '../../../adapters/manifests/index.js';
import { completeKinds, headerOf } from '../../../domain/backup/state-file.js';
import type { RestoreTarget } from '../../../domain/backup/target.js';
import { all, type State } from '../../../domain/log/state.js';
import { NOT_UTF8, sizeLimit, textOf } from '../../../domain/manifests/limits.js';
import type { ManifestKind } from '../../../domain/resources/kinds.js';
import { Failure } from '../../../ports/failure.js';
import { noManifests, problemLines } from '../../run/manifests-of.js';

/**
 * Returns the target of a restore from a file of `backup state`, or of other manifests. Without its header, the file is taken to
 * have all resources of the kinds that occur in it. `state`: the log's, whose names the manifests may refer to; `now`: ISO 8601
 * UTC. Throws `invalid` for a damaged file, and with every problem of the manifests and its position.
 */
export function targetFromStateFile(bytes: Uint8Array, path: string, { state, now }: Given): RestoreTarget {
  const tooLarge = sizeLimit()(bytes.length);
  const text = tooLarge === null ? textOf(bytes) : null;
  if (text === null) throw new Failure('invalid', `${path} cannot be used: ${tooLarge ?? NOT_UTF8}`);
  const found = headerOf(text, sha256);
  if (found !== 'none' && 'problem' in found) {
    throw new Failure('invalid', `${path} cannot be used: ${found.problem}`, { hint: found.hint });
  }
  const header = found === 'none' ? null : found.header;
  const read = readFiles([{ path, text }], (kind) => all(state, kind).map(({ name }) => name));
  if (read.problems.length > 0) {
    throw new Failure('invalid', read.problems.flatMap(problemLines).join('\n'), {
      hint: 'Correct the manifests and run the command again; nothing was changed.',
    });
  }
  const resources = read.resources.map(
    ({ kind, name, value }) => ({ kind, name, value }) as RestoreTarget['resources'][number],
  );
  if (header === null && resources.length === 0) throw noManifests(path);
  return {
    origin: {
      name: basename(path).slice(0, 250),
      logId: header?.environment.logId ?? null,
      environment: header?.environment.name ?? null,
      sequence: header?.sequence ?? null,
      at: header?.at ?? now,
    },
    kinds: header === null ? writtenKinds(text, resources) : completeKinds(header),
    resources,
    isDescribed: true,
    values: {},
  };
}

interface Given {
  readonly state: State;
  readonly now: string;
}

/** Returns the kinds that a text has manifests of. The schedule in the manifest of a secret makes no list of schedules. */
function writtenKinds(text: string, resources: RestoreTarget['resources']): ManifestKind[] {
  const kinds = new Set(resources.map(({ kind }) => kind as ManifestKind));
  return [...kinds].filter((kind) => new RegExp(`\\bkind["']?\\s*:\\s*["']?${kind}\\b`).test(text));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
