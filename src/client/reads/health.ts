import { exitCodes } from '../../domain/refusal.js';
import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { healthLevels, type HealthLevel, type RouteHealth } from '../../domain/serving/route-health.js';
import { domainName } from '../../domain/values/domain-name.js';
import { routeMissing } from '../../operations/rules/route.js';
import { healthExitCodes } from '../print/exit-codes.js';
import { displayWidth, outputWidth, wrapTo } from '../print/width.js';
import { secretProblems, type SecretProblem } from './secret-status.js';
import { absent, defineRead, type Answer, type ReadContext } from './read.js';

/** Checks one route: what visitors get, its servers, its certificate and the overlays in force. */
export const readRouteHealth = defineRead({
  path: ['read', 'route', 'health'],
  summary: 'Check one route through Caddy: what visitors get, its servers, its certificate and the overlays in force',
  examples: ['read route health --domain app.example.com'],
  exitCodes: healthExitCodes,
  asksWorker: true,
  input: z.strictObject({
    domain: domainName.describe('domain of the route').meta({ placeholder: 'domain', names: 'Route' }),
  }),
  shape: healthShape,
  async answer({ domain }, context) {
    const { state } = await context.look();
    if (!find(state, 'Route', domain)) throw absent(routeMissing(state, domain));
    return healthOf(domain, context);
  },
});

/** Checks every route: what visitors get, its servers, its certificate and the overlays in force. */
export const readHealth = defineRead({
  path: ['read', 'health'],
  summary:
    'Check every route through Caddy: what visitors get, servers, certificates and overlays; and overdue secrets',
  examples: ['read health -o json'],
  exitCodes: healthExitCodes,
  asksWorker: true,
  input: z.strictObject({}),
  shape: healthShape,
  async answer(_input, context) {
    const [health, { state }] = await Promise.all([healthOf(null, context), context.look()]);
    return withSecrets(health, secretProblems(state, context.now));
  },
});

/** Secrets that need a person or a rotation do not fail the check: routes work. */
function withSecrets({ data, text, ...more }: Answer, secrets: readonly SecretProblem[]): Answer {
  const shown = secrets.map(({ name, details }) =>
    line({ domain: `secret ${name}`, level: 'warn', details }, USUAL_MARK),
  );
  return { ...more, data: { ...(data as object), secrets }, text: () => [text(), ...shown].join('\n') };
}

async function healthOf(domain: string | null, { withWorker }: ReadContext): Promise<Answer> {
  const routes = await withWorker(async (worker) => {
    const seen: RouteHealth[] = [];
    for (let after: string | null = null; ;) {
      const page = await worker.inspectHealth({ domain, after });
      seen.push(...page.routes);
      after = page.next;
      if (after === null) return seen;
    }
  });
  const passed = routes.every(({ level }) => level !== 'fail');
  return {
    data: { passed, routes },
    text: () => (routes.length === 0 ? 'no routes' : lines(routes).join('\n')),
    exitCode: passed ? 0 : exitCodes.unavailable.code,
  };
}

const MARKS: Record<HealthLevel, string> = { ok: 'ok', warn: 'WARN', maintenance: 'MAINTENANCE', fail: 'FAIL' };
/** Width of the marks of most routes. */
const USUAL_MARK = 4;

function lines(routes: readonly RouteHealth[]): string[] {
  const width = Math.max(USUAL_MARK, ...routes.map(({ level }) => MARKS[level].length));
  return routes.map((route) => line(route, width));
}

type Shown = Pick<RouteHealth, 'domain' | 'level' | 'details'>;

function line({ domain, level, details }: Shown, markWidth: number): string {
  const mark = `${MARKS[level].padEnd(markWidth)} `;
  const whole = `${mark}${domain.padEnd(24)} ${details.join('; ')}`;
  const width = outputWidth();
  if (displayWidth(whole) <= width) return whole;
  const indent = ' '.repeat(mark.length);
  const wrapped = details.flatMap((detail) => wrapTo(detail, width - mark.length));
  return [`${mark}${domain}`, ...wrapped.map((text) => indent + text)].join('\n');
}

function healthShape(): z.ZodType {
  const server = z.strictObject({
    role: z.enum(['upstream', 'canary', 'backup']),
    dial: z.string(),
    answer: z.int().nullable(),
    problem: z.string().nullable(),
  });
  const visit = z.strictObject({
    proxy: z.string(),
    url: z.string(),
    status: z.int().nullable(),
    problem: z.string().nullable(),
    isMaintenance: z.boolean(),
  });
  const certificate = z.strictObject({
    proxy: z.string(),
    host: z.string(),
    issuer: z.string().nullable(),
    notBefore: z.string().nullable(),
    notAfter: z.string().nullable(),
    coversHost: z.boolean(),
    untrusted: z.string().nullable(),
  });
  const route = z.strictObject({
    domain: z.string(),
    level: z.enum(healthLevels),
    details: z.array(z.string()),
    visits: z.array(visit),
    servers: z.array(server),
    certificates: z.array(certificate),
  });
  const secret = z.strictObject({ name: z.string(), details: z.array(z.string()) });
  return z.strictObject({ passed: z.boolean(), routes: z.array(route), secrets: z.array(secret).optional() });
}
