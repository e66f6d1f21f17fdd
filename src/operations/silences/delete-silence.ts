import { z } from 'zod';
import { changeOf } from '../../domain/log/commit.js';
import { find } from '../../domain/log/state.js';
import { silenceName } from '../../domain/resources/silence.js';
import { defineOperation } from '../operation.js';
import { missing, refuse } from '../refusals.js';

/** Ends a silence early. */
export const deleteSilence = defineOperation({
  key: 'silence.delete',
  path: ['delete', 'silence'],
  summary: 'End a silence early',
  examples: ['delete silence --name db-move'],
  input: z.strictObject({
    name: silenceName.describe('Name of the silence').meta({ placeholder: 'name', names: 'Silence' }),
  }),
  subject: (input) => input.name,
  decide(state, { name }) {
    const held = find(state, 'Silence', name);
    if (!held) return refuse(missing(state, 'Silence', name));
    const changes = [changeOf('Silence', name, held.value, null)];
    return { kind: 'change', changes, expect: { hosts: [] }, warnings: [] };
  },
});
