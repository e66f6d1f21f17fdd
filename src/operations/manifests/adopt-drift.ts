import { z } from 'zod';
import { adoptable } from '../../domain/drift/adopt.js';
import { changeOf } from '../../domain/log/commit.js';
import { stateAfter } from '../../domain/log/hypothetical.js';
import { consistencyProblem } from '../rules/consistency.js';
import { defineOperation, touchedHosts } from '../operation.js';
import { overlayEnds } from '../rules/overlays.js';
import { refuse, unavailable } from '../refusals.js';

/** Records in the log what was changed by hand in a proxy, as far as routes can express it. A part of reconcile. */
export const adoptDrift = defineOperation({
  key: 'state.adopt',
  path: ['update', 'adopt'],
  isInternal: true,
  summary: 'Adopt drift: record in the log what was changed by hand in a proxy',
  examples: ['update adopt'],
  input: z.strictObject({
    yes: z.boolean().default(false).describe('Adopt a change although visitors lose something by it'),
  }),
  subject: () => 'proxies',
  questions: () => [{ kind: 'configured' }],
  decide(state, _input, answers) {
    const server = answers.configured();
    if (server === null) {
      const message = 'no proxy has a configuration written by Hecate, so there is nothing to adopt';
      return refuse(unavailable('nothing-served', message));
    }
    const wanted = adoptable(state, server).map(({ before, after }) =>
      changeOf('Route', (after ?? before)?.domain ?? '', before, after),
    );
    const ends = overlayEnds(state, wanted);
    const changes = [...wanted, ...ends.map(({ change }) => change)];
    const refusal = consistencyProblem(stateAfter(state, changes), wanted, answers);
    if (refusal) return refuse(refusal);
    return {
      kind: 'change',
      changes,
      expect: { ...touchedHosts(wanted.map(({ name }) => name)) },
      warnings: ends.map(({ why }) => why),
    };
  },
});
