import { z } from 'zod';
import { changeOf } from '../../domain/log/commit.js';
import { nearest } from '../../domain/data/nearest.js';
import { sourceAddress } from '../../domain/resources/source.js';
import { all } from '../../domain/log/state.js';
import { defineOperation, LONGEST_SUBJECT } from '../operation.js';
import { absent, refuse } from '../refusals.js';

/** Forgets a source of manifests, so that reconcile no longer reads it. Resources that came from it stay and keep their `source` field. */
export const deleteSource = defineOperation({
  key: 'source.delete',
  path: ['delete', 'source'],
  summary: 'Forget a folder or repository of manifests; its resources stay',
  examples: ['delete source --name https://git.example.com/site.git'],
  input: z.strictObject({
    name: sourceAddress
      .describe('Name of the source as list sources shows it, with or without #ref')
      .meta({ placeholder: 'url|folder', names: 'Source' }),
  }),
  subject: (input) => input.name.slice(0, LONGEST_SUBJECT),
  decide(state, { name }) {
    const before = all(state, 'Source').find(
      ({ value }) => name === value.name || name === `${value.name}#${value.ref}`,
    )?.value;
    if (before) {
      const changes = [changeOf('Source', before.name, before, null)];
      return { kind: 'change', changes, expect: { hosts: [] }, warnings: [] };
    }
    const known = all(state, 'Source').map((held) => held.name);
    const message = `there is no source ${name}`;
    return refuse(absent('source-missing', message, hintFor(name, known)));
  },
});

function hintFor(name: string, known: readonly string[]): string {
  if (known.length === 0)
    return 'No source has been applied yet. Apply one with: hecate update apply --from-git FOLDER';
  const close = nearest(name, known);
  return close === undefined ? 'List them with: hecate list sources' : `Did you mean ${close}?`;
}
