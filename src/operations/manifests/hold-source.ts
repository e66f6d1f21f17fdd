import { z } from 'zod';
import { isSame } from '../../domain/data/fields.js';
import { changeOf } from '../../domain/log/commit.js';
import { find } from '../../domain/log/state.js';
import { sourceName } from '../../domain/resources/source.js';
import { defineOperation, LONGEST_SUBJECT } from '../operation.js';

/** Records why a commit of a source is not applied, or that nothing is held any more. A part of reconcile. */
export const holdSource = defineOperation({
  key: 'source.hold',
  path: ['update', 'held-source'],
  isInternal: true,
  summary: 'Record why a commit of a source is not applied',
  examples: ['update held-source --name https://git.example.com/site.git'],
  input: z.strictObject({
    name: sourceName.describe('Name of the source').meta({ placeholder: 'url' }),
    sha: z.string().nullable().default(null).meta({ internal: true }),
    reasons: z.array(z.string()).default([]).meta({ internal: true }),
  }),
  subject: (input) => input.name.slice(0, LONGEST_SUBJECT),
  decide(state, { name, sha, reasons }) {
    const before = find(state, 'Source', name)?.value;
    const { held: _, ...rest } = before ?? {};
    const after = reasons.length === 0 ? rest : { ...rest, held: { sha, reasons } };
    // A source that was never applied has no record; the reconcile itself reports it.
    const isKnown = before === undefined || isSame(before, after);
    const changes = isKnown ? [] : [changeOf('Source', name, before, after as typeof before)];
    return { kind: 'change', changes, expect: { hosts: [], upstreams: [] }, warnings: [] };
  },
});
