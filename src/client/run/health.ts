import type { RouteHealth } from '../../domain/serving/route-health.js';
import { print, type OutputFormat } from '../print/output.js';
import { canonicalDomain, requireRoute } from '../reads/reading.js';
import { withOperations } from './operations-client.js';

const MARKS: Record<RouteHealth['level'], string> = { ok: 'ok  ', warn: 'WARN', fail: 'FAIL' };

/** Shows how all routes are, or one; answers the exit code: 0, or 6 when one of them fails. */
export async function showHealth(domain: string | null, output: OutputFormat): Promise<number> {
  const name = domain === null ? null : canonicalDomain(domain);
  if (name !== null) await requireRoute(name);
  const routes = await withOperations(async (operations) => {
    const seen: RouteHealth[] = [];
    for (let after: string | null = null; ;) {
      const page = await operations.inspectHealth({ domain: name, after });
      seen.push(...page.routes);
      after = page.next;
      if (after === null) return seen;
    }
  });
  const passed = routes.every(({ level }) => level !== 'fail');
  await print(output, { passed, routes }, () => (routes.length === 0 ? 'no routes' : routes.map(line).join('\n')));
  return passed ? 0 : 6;
}

function line({ domain, level, details }: RouteHealth): string {
  return `${MARKS[level]} ${domain.padEnd(24)} ${details.join('; ')}`;
}
