import { z } from 'zod';
import { changeOf } from '../../domain/log/commit.js';
import { all, find } from '../../domain/log/state.js';
import { defineOperation } from '../operation.js';
import { absent, refuse } from '../refusals.js';

/** Ends the probation of a change before its time; the change stays. The workflow of a probation ends it by this, too. */
export const endProbation = defineOperation({
  key: 'probation.end',
  path: ['delete', 'probation'],
  summary: 'End the probation of a change; the change stays',
  examples: ['delete probation --operation abcdefgh2345'],
  input: z.strictObject({
    operation: z
      .string()
      .min(1)
      .describe('Id of the operation on probation, as list probations shows it')
      .meta({ placeholder: 'id', names: 'Probation' }),
  }),
  subject: ({ operation }) => operation,
  decide(state, { operation }) {
    const before = find(state, 'Probation', operation)?.value;
    if (before) {
      const changes = [changeOf('Probation', operation, before, null)];
      return { kind: 'change', changes, expect: { hosts: [] }, warnings: [] };
    }
    const known = all(state, 'Probation').map(({ name }) => name);
    const hint = known.length === 0 ? 'Nothing is on probation.' : `On probation: ${known.join(', ')}`;
    return refuse(absent('probation-missing', `no probation of operation ${operation} runs`, hint));
  },
});
