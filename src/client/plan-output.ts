import { exitCodeOf } from '../domain/refusal.js';
import type { Connections } from '../stack/connections.js';
import type { Planned } from '../workflows/activities.js';
import { difference, headline } from './difference.js';
import { print, type OutputFormat } from './output.js';

/** Prints what a dry run found; answers the exit code. */
export async function printPlan(planned: Planned, connections: Connections, output: OutputFormat): Promise<number> {
  switch (planned.kind) {
    case 'refused':
      process.stderr.write(
        `error: ${planned.refusal.message}\n${planned.refusal.hint ? `hint: ${planned.refusal.hint}\n` : ''}`,
      );
      return exitCodeOf(planned.refusal.kind);
    case 'lost':
      process.stderr.write(`error: ${planned.message}\n`);
      return 7;
    case 'unchanged':
      await print(output, { changes: [], warnings: planned.warnings }, () => 'nothing to change');
      return 0;
    case 'planned':
    case 'committed': {
      const { plan } = planned;
      const proxies = connections.caddy.map((caddy) => `${caddy.name} at ${caddy.admin}`);
      for (const warning of plan.warnings) process.stderr.write(`warning: ${warning}\n`);
      await print(output, { ...plan, proxies }, () =>
        [
          ...plan.changes.flatMap((change) => [headline(change), ...difference(change).map((line) => `  ${line}`)]),
          `hosts touched: ${plan.expect.hosts.join(', ')}`,
          `one commit in the log, one reload of ${proxies.join(', ')}; WebSockets stay open`,
          `plan ${plan.hash}`,
          'nothing was done (dry run)',
        ].join('\n'),
      );
      return 0;
    }
  }
}
