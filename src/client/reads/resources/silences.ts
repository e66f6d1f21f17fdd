import { z } from 'zod';
import { all } from '../../../domain/log/state.js';
import { silenceSchema } from '../../../domain/resources/silence.js';
import { table } from '../../print/output.js';
import { relativeTime } from '../../print/relative-time.js';
import type { KindList } from './resource-reads.js';

/** Lists all silences; those that have ended stay in the list until the next one is created. */
export const listSilences: KindList<'Silence'> = {
  kind: 'Silence',
  path: ['list', 'silences'],
  summary: 'List all silences of alerts',
  examples: ['list silences -o json', 'list silences --at "2h ago"'],
  hasPast: true,
  input: z.strictObject({}),
  shape: () =>
    z.array(silenceSchema.extend({ state: z.enum(['active', 'ended']), createdBy: z.string(), createdAt: z.string() })),
  async answer(_input, { look, now }) {
    const { state, asOf } = await look();
    const at = asOf?.at ?? now;
    const data = all(state, 'Silence').map(({ value, createdBy, createdAt }) => {
      const isActive = value.until > at;
      return { ...value, state: isActive ? ('active' as const) : ('ended' as const), createdBy, createdAt };
    });
    return {
      data,
      text: () =>
        data.length === 0
          ? 'no silences'
          : table(
              ['NAME', 'MATCHES', 'STATE', 'UNTIL', 'REASON', 'BY'],
              data.map((one) => [
                ...[one.name, matchersText(one.matchers), one.state],
                ...[`${one.until} (${relativeTime(one.until, now)})`, one.reason, one.createdBy],
              ]),
            ),
    };
  },
};

function matchersText(matchers: Readonly<Record<string, string>>): string {
  return Object.entries(matchers)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
