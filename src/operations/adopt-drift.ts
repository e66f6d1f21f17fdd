import { z } from 'zod';
import { adoptable } from '../domain/adopt.js';
import { changeOf } from '../domain/commit.js';
import { withChanges } from '../domain/state.js';
import { consistencyProblem } from './consistency.js';
import { defineOperation } from './operation.js';
import { overlaysAfter } from './overlays-after.js';

/** Takes what was changed by hand in a proxy into the log, as far as routes can say it. A part of reconcile. */
export const adoptDrift = defineOperation({
  key: 'state.adopt',
  path: ['update', 'adopt'],
  isInternal: true,
  summary: 'Take what was changed by hand into the log',
  examples: ['update adopt'],
  input: z.strictObject({}),
  subject: () => 'proxies',
  questions: () => [{ kind: 'configured' }],
  decide(state, _input, answers) {
    const server = answers.configured();
    if (server === null) {
      const message = 'no proxy shows a configuration of ours, so there is nothing to adopt';
      return { kind: 'refuse', refusal: { kind: 'unavailable', code: 'nothing-served', message } };
    }
    const wanted = adoptable(state, server).map(({ before, after }) =>
      changeOf('Route', (after ?? before)?.domain ?? '', before, after),
    );
    const after = withChanges(state, wanted);
    const refusal = consistencyProblem(after, wanted, answers);
    if (refusal) return { kind: 'refuse', refusal };
    const ended = overlaysAfter(after, wanted);
    const hosts = wanted.map(({ name }) => name).slice(0, 20);
    return {
      kind: 'change',
      changes: [...wanted, ...ended.changes],
      expect: { hosts, upstreams: [] },
      warnings: ended.warnings,
    };
  },
});
