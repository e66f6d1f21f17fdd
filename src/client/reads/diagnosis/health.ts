import { exitCodes } from '../../../domain/refusal.js';
import { z } from 'zod';
import type { Alert } from '../../../domain/alerts/engine.js';
import { findingAreas, findingLevels, type Finding } from '../../../domain/health/findings.js';
import { find } from '../../../domain/log/state.js';
import { healthLevels, type HealthLevel, type RouteHealth } from '../../../domain/serving/route-health.js';
import { domainName } from '../../../domain/values/network/domain-name.js';
import { routeMissing } from '../../../operations/rules/route.js';
import { healthExitCodes } from '../../print/exit-codes.js';
import { oneLine } from '../../print/visible.js';
import { displayWidth, outputWidth, wrapTo } from '../../print/width.js';
import { secretProblems, type SecretProblem } from '../resources/secret-status.js';
import { absent, defineRead, type Answer, type ReadContext } from '../read.js';

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
    return routeAnswer(await healthOf(domain, context));
  },
});

/** Checks everything: routes, components, certificates, drift, rotations, backups, GitOps, operations, bypasses and alerts. */
export const readHealth = defineRead({
  path: ['read', 'health'],
  summary:
    'Check everything: every route through Caddy, components, certificates, drift, rotations, backups, GitOps and alerts',
  examples: ['read health', 'read health -o json', 'read health --strict'],
  exitCodes: healthExitCodes,
  asksWorker: true,
  input: z.strictObject({
    strict: z.boolean().optional().describe('Fail also when something needs attention, such as drift'),
  }),
  shape: healthShape,
  async answer({ strict = false }, context) {
    const [health, { state }, stored] = await Promise.all([
      healthOf(null, context),
      context.look(),
      context.withAlerts((alerts) => alerts.read()).catch(() => null),
    ]);
    return wholeHealth(health, {
      secrets: secretProblems(state, context.now),
      alerts: Object.values(stored?.memory.alerts ?? {}).filter(isFiring),
      strict,
    });
  },
});

function isFiring({ firedAt, endedAt }: Alert): boolean {
  return firedAt !== null && endedAt === null;
}

interface Rest {
  readonly secrets: readonly SecretProblem[];
  readonly alerts: readonly Alert[];
  readonly strict: boolean;
}

/** Adds all that is no route. Secrets that need a person or a rotation do not fail the check: routes work. */
function wholeHealth(health: SeenHealth, { secrets, alerts, strict }: Rest): Answer {
  // The secrets say more of rotations.
  const findings = health.findings.filter(({ area }) => area !== 'rotation');
  const shown = [
    ...secrets.map(({ name, details }): Shown => ({ domain: `secret ${name}`, level: 'warn', details })),
    ...findings.map(({ area, name, level, detail }): Shown => ({
      domain: `${area} ${name}`,
      level,
      details: [detail],
    })),
    ...alerts.map((one): Shown => ({
      ...{ domain: `alert ${one.rule}`, level: 'warn' },
      details: [`${one.annotations.summary}, since ${one.activeSince}`],
    })),
  ];
  const all = [...health.routes, ...shown];
  const failed = all.filter(({ level }) => level === 'fail').length;
  const warned = all.filter(({ level }) => level === 'warn').length;
  const passed = failed === 0;
  const isFine = passed && !(strict && warned > 0);
  return {
    data: {
      ...{ passed, routes: health.routes, secrets, findings },
      alerts: alerts.map(({ rule, labels, annotations, activeSince }) => ({
        ...{ rule, labels, activeSince },
        summary: annotations.summary,
      })),
    },
    text: () => [...routeLines(health.routes), ...lines(shown), '', conclusion(failed, warned)].join('\n'),
    exitCode: isFine ? 0 : exitCodes.unavailable.code,
  };
}

function conclusion(failed: number, warned: number): string {
  if (failed > 0) {
    const rest = warned === 0 ? '' : `, and ${warned} need attention`;
    return `${failed} ${failed === 1 ? 'does' : 'do'} not work${rest}. See what changed before: hecate history`;
  }
  if (warned === 0) return 'Everything works. See what makes alerts: hecate list alert-rules';
  return `Everything works, and ${warned} ${warned === 1 ? 'thing needs' : 'things need'} attention. See the alerts: hecate list alerts`;
}

interface SeenHealth {
  readonly routes: readonly RouteHealth[];
  readonly findings: readonly Finding[];
}

/** Looks at one route, or (null) at all of them and at the rest of the environment. */
async function healthOf(domain: string | null, { withWorker }: ReadContext): Promise<SeenHealth> {
  return withWorker(async (worker) => {
    const routes: RouteHealth[] = [];
    let findings: readonly Finding[] = [];
    for (let after: string | null = null; ;) {
      const isFirst = domain === null && after === null;
      const page = await worker.inspectHealth({ domain, after, ...(isFirst ? { withFindings: true } : {}) });
      routes.push(...page.routes);
      findings = page.findings ?? findings;
      after = page.next;
      if (after === null) return { routes, findings };
    }
  });
}

function routeAnswer({ routes }: SeenHealth): Answer {
  const passed = routes.every(({ level }) => level !== 'fail');
  return {
    data: { passed, routes },
    text: () => routeLines(routes).join('\n'),
    exitCode: passed ? 0 : exitCodes.unavailable.code,
  };
}

function routeLines(routes: readonly RouteHealth[]): string[] {
  return routes.length === 0 ? ['no routes'] : lines(routes);
}

const MARKS: Record<HealthLevel, string> = { ok: 'ok', warn: 'WARN', maintenance: 'MAINTENANCE', fail: 'FAIL' };
/** Width of the marks of most routes. */
const USUAL_MARK = 4;

function lines(routes: readonly Shown[]): string[] {
  const width = Math.max(USUAL_MARK, ...routes.map(({ level }) => MARKS[level].length));
  return routes.map((route) => line(route, width));
}

type Shown = Pick<RouteHealth, 'domain' | 'level' | 'details'>;

function line({ domain: name, level, details: found }: Shown, markWidth: number): string {
  const [domain, details] = [oneLine(name), found.map(oneLine)];
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
    warning: z.string().nullable(),
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
  const finding = z.strictObject({
    area: z.enum(findingAreas),
    name: z.string(),
    level: z.enum(findingLevels),
    detail: z.string(),
  });
  const alert = z.strictObject({
    rule: z.string(),
    labels: z.record(z.string(), z.string()),
    activeSince: z.string(),
    summary: z.string(),
  });
  return z.strictObject({
    passed: z.boolean(),
    routes: z.array(route),
    secrets: z.array(secret).optional(),
    findings: z.array(finding).optional(),
    alerts: z.array(alert).optional(),
  });
}
