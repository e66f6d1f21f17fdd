import { z } from 'zod';
import { changeOf } from '../../domain/log/commit.js';
import { all, find } from '../../domain/log/state.js';
import { labelNamesIn } from '../../domain/alerts/rules.js';
import { matchers, silenceName } from '../../domain/resources/silence.js';
import { intervalMs, intervalText } from '../../domain/values/interval.js';
import { defineOperation } from '../operation.js';
import { existsAlready, invalid, refuse } from '../refusals.js';

/** Creates a silence, which ends by itself. Silences that have ended leave the log in the same commit. */
export const createSilence = defineOperation({
  key: 'silence.create',
  path: ['create', 'silence'],
  summary: 'Silence alerts for a limited time',
  examples: [
    'create silence --name db-move --match alertname=upstream-down --match "route=*.example.com" --duration 2h --reason "the database moves"',
  ],
  input: z.strictObject({
    name: silenceName.describe('Name of the silence').meta({ placeholder: 'name' }),
    match: matchers
      .describe('Label that an alert must have; repeatable: all of them; * stands for any text')
      .meta({ placeholder: 'name=value', repeatable: true }),
    duration: intervalText.describe('Length of the silence from now').meta({ placeholder: 'duration' }),
  }),
  asksReason: () => true,
  subject: (input) => input.name,
  decide(state, { name, match, duration }, _answers, { now, reason }) {
    const held = find(state, 'Silence', name);
    const hint = `End it with: hecate delete silence --name ${name}`;
    if (held && held.value.until > now) return refuse(existsAlready(held, hint));
    if (reason === null || reason.trim() === '') {
      const example = `hecate create silence --name ${name} … --reason "…"`;
      return refuse(invalid('no-reason', '--reason is missing: a silence must have one', `Give one: ${example}`));
    }
    const labels = labelNamesIn(state);
    const unknown = Object.keys(match).find((label) => !labels.includes(label));
    if (unknown !== undefined) {
      const message = `no alert rule gives the label ${unknown}, so the silence would silence nothing`;
      return refuse(invalid('silence-label-unknown', message, `Match another label: ${labels.join(', ')}`));
    }
    const until = new Date(Date.parse(now) + intervalMs(duration)).toISOString();
    const silence = { name, matchers: match, since: now, until, reason };
    const ended = all(state, 'Silence').filter((one) => one.value.until <= now && one.name !== name);
    const changes = [
      ...ended.map((one) => changeOf('Silence', one.name, one.value, null)),
      changeOf('Silence', name, held?.value ?? null, silence),
    ];
    return { kind: 'change', changes, expect: { hosts: [] }, warnings: [] };
  },
});
