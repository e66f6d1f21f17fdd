import { z } from 'zod';
import { unifiedDiff } from '../../print/unified-diff.js';
import { domainName } from '../../../domain/values/network/domain-name.js';
import { exitCodes } from '../../../domain/refusal.js';
import type { ProxyConfiguration } from '../../../workflows/contracts/inspection.js';
import { configExitCodes } from '../../print/exit-codes.js';
import { visible } from '../../print/visible.js';
import { defineRead } from '../read.js';

/** Shows what each Caddy has loaded, and what differs from the log. */
export const readConfigCaddy = defineRead({
  path: ['read', 'config', 'caddy'],
  summary: 'Show the configuration that Caddy has loaded, its commit, and what differs from the log',
  examples: ['read config caddy --domain app.example.com', 'read config caddy -o json'],
  exitCodes: configExitCodes,
  asksWorker: true,
  input: z.strictObject({
    domain: domainName
      .optional()
      .describe('only what is about this host')
      .meta({ placeholder: 'domain', names: 'Route' }),
  }),
  shape: () =>
    z.strictObject({
      differs: z.boolean(),
      proxies: z.array(
        z.strictObject({
          proxy: z.string(),
          address: z.string(),
          generation: z.int().nullable(),
          head: z.int(),
          foreign: z.array(z.string()),
          loaded: z.unknown(),
          diff: z.array(z.string()),
        }),
      ),
    }),
  async answer({ domain = null }, { withWorker }) {
    const { configurations } = await withWorker((worker) => worker.inspectProxies({ domain }));
    const compared = configurations.map((one) => ({ ...one, diff: unifiedDiff(one.loaded, one.wanted) }));
    const differs = compared.some(({ diff }) => diff.length > 0);
    return {
      data: {
        differs,
        proxies: compared.map(({ loaded, wanted: _, ...one }) => ({ ...one, loaded: JSON.parse(loaded) as unknown })),
      },
      text: () => compared.map(shown).join('\n\n'),
      isLong: true,
      exitCode: differs ? exitCodes.wouldChange.code : 0,
    };
  },
});

function shown({
  proxy,
  address,
  generation,
  head,
  foreign,
  loaded,
  diff,
}: ProxyConfiguration & { readonly diff: readonly string[] }): string {
  const commit = generation === null ? 'without a configuration of Hecate' : `with commit ${generation} of ${head}`;
  return [
    `${proxy} at ${address}, ${commit}`,
    ...(foreign.length === 0 ? [] : [`not Hecate's: ${visible(foreign.join(', '))}`]),
    ...loaded.split('\n').map(visible),
    ...(diff.length === 0
      ? ['nothing differs from the log']
      : [`--- ${proxy}, as it is loaded`, '+++ as the log wants it', ...diff.map(visible)]),
  ].join('\n');
}
