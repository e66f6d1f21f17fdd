import { isBaseKind, type BaseKind } from '../../domain/log/base-kinds.js';
import { all, type StoredResource, type State } from '../../domain/log/state.js';
import { print, table } from '../print/output.js';
import { lastApplied, type Applied } from './last-applied.js';
import { look, provenance, withLog, type Look, type Looking } from './reading.js';

/** Prints what was applied, from where, and how much of what is there came from it. */
export async function listSources(looking: Looking): Promise<void> {
  const seen = await look(looking);
  const held = all(seen.state, 'Source');
  const last = held.length === 0 ? new Map<string, Applied>() : await withLog((log) => lastApplied(log, headOf(seen)));
  const sources = held.map((one) => shown(seen, one, last.get(one.name)));
  await print(looking.output, sources, () =>
    sources.length === 0
      ? 'no sources'
      : table(
          ['NAME', 'REF', 'SHA', 'RESOURCES', 'APPLIED', 'BY'],
          sources.map(({ name, ref, sha, resources, appliedAt, appliedBy }) => [
            name,
            ref ?? '–',
            sha?.slice(0, 12) ?? '–',
            String(resources),
            appliedAt,
            appliedBy,
          ]),
        ),
  );
}

function headOf({ state }: Look): number {
  return state.head?.sequence ?? 0;
}

function shown(seen: Look, held: StoredResource<'Source'>, last: Applied | undefined) {
  const { at: appliedAt, actor: appliedBy } = last ?? { at: held.updatedAt, actor: held.updatedBy };
  return {
    ...held.value,
    resources: countFrom(seen.state, held.name),
    ...{ appliedAt, appliedBy },
    ...provenance(seen, held),
  };
}

/** How many resources came from a source. */
function countFrom(state: State, source: string): number {
  const base = [...state.resources.values()].filter((held): held is StoredResource<BaseKind> => isBaseKind(held.kind));
  return base.filter(({ value }) => value.source === source).length;
}
