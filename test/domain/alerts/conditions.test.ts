import { describe, expect, it } from 'vitest';
import { activeOf, isUnknown } from '../../../src/domain/alerts/conditions.js';
import { defaultRules } from '../../../src/domain/alerts/rules.js';
import type { Facts } from '../../../src/domain/health/facts.js';
import { conditionLabels, type AlertConditionKind } from '../../../src/domain/resources/alert-condition.js';
import type { AlertRule } from '../../../src/domain/resources/alert-rule.js';
import { factsOf } from '../../builders/facts.js';

const at = '2026-11-29T12:00:00.000Z';
const ago = (seconds: number) => new Date(Date.parse(at) - seconds * 1_000).toISOString();

function labelsOf(name: AlertConditionKind, facts: Partial<Facts>) {
  const found = defaultRules.find((one) => one.name === name);
  if (found === undefined) throw new Error(name);
  const active = activeOf(found, factsOf({ at, ...facts }), 'main');
  return active?.map(({ labels: { alertname: _, severity: _s, environment: _e, ...labels } }) => labels) ?? null;
}

const traffic = (route: string, requests: number, errors: number, denied: number, seconds = 60) => ({
  ...{ route, requests, errors, denied },
  startMs: Date.parse(ago(seconds)),
  lengthMs: 10_000,
});

describe('default rules', () => {
  it.each<[AlertConditionKind, Partial<Facts>, object[]]>([
    [
      'error-rate',
      {
        traffic: {
          known: [
            traffic('bad.example.com', 60, 3, 0),
            traffic('bad.example.com', 60, 6, 0, 200),
            // Too few requests, few errors, and too long ago.
            traffic('quiet.example.com', 10, 10, 0),
            traffic('good.example.com', 1_000, 20, 0),
            traffic('past.example.com', 1_000, 1_000, 0, 341),
          ],
        },
      },
      [{ route: 'bad.example.com' }],
    ],
    [
      'sign-in-failures-by-host',
      { traffic: { known: [traffic('a.example.com', 60, 0, 51), traffic('b.example.com', 900, 0, 50)] } },
      [{ route: 'a.example.com' }],
    ],
    [
      'sign-in-failures-by-user',
      {
        signIns: {
          known: [
            ...Array.from({ length: 11 }, (_, index) => ({ at: ago(index * 10), user: 'anna' })),
            ...Array.from({ length: 11 }, (_, index) => ({ at: ago(index * 100), user: 'bert' })),
          ],
        },
      },
      [{ user: 'anna' }],
    ],
    [
      'upstream-down',
      { servers: { known: [{ route: 'a.example.com', dial: '10.0.0.1:80', problem: 'refuses connections' }] } },
      [{ route: 'a.example.com', server: '10.0.0.1:80' }],
    ],
    ['rotation-overdue', { rotations: { known: [{ name: 'db', detail: 'overdue' }] } }, [{ secret: 'db' }]],
    ['backup-overdue', { backups: { known: [{ name: 'nightly', detail: 'overdue' }] } }, [{ schedule: 'nightly' }]],
    ['source-held', { held: { known: [{ name: 'https://git', detail: 'held' }] } }, [{ source: 'https://git' }]],
    [
      'operation-failed',
      {
        failed: {
          known: [
            { id: '1', operation: 'route.update', subject: 'a', result: 'undone', detail: null, at: ago(60) },
            { id: '2', operation: 'route.update', subject: 'a', result: 'failed', detail: null, at: ago(901) },
          ],
        },
      },
      [{ id: '1', operation: 'route.update', subject: 'a' }],
    ],
    [
      'operation-stuck',
      {
        open: {
          known: [
            { id: '1', operation: 'route.update', since: ago(900) },
            { id: '2', operation: 'route.update', since: ago(60) },
          ],
        },
      },
      [{ id: '1', operation: 'route.update' }],
    ],
    [
      'bypass-open',
      { bypasses: { known: [{ route: 'a.example.com', until: ago(-60), by: 'anna', reason: null }] } },
      [{ route: 'a.example.com' }],
    ],
    [
      'component-down',
      {
        components: {
          known: [
            { name: 'caddy', isProxy: true, problem: 'does not answer' },
            { name: 'nats', isProxy: false, problem: null },
          ],
        },
      },
      [{ component: 'caddy' }],
    ],
    [
      'disk',
      {
        disks: {
          known: [
            { name: 'home', free: 9, size: 100 },
            { name: 'data', free: 10, size: 100 },
          ],
        },
      },
      [{ disk: 'home' }],
    ],
    ['sink-failing', { sinks: { known: [{ name: 'pager', detail: '503' }] } }, [{ sink: 'pager' }]],
  ])('%s', (name, facts, labels) => {
    expect(labelsOf(name, facts)).toEqual(labels);
    for (const one of labels) expect([...conditionLabels[name]].sort()).toEqual(Object.keys(one).sort());
    expect(labelsOf(name, {})).toEqual([]);
    const [[kind = 'at'] = []] = Object.entries(facts);
    expect(labelsOf(name, { [kind]: { unknown: 'it does not answer' } })).toBeNull();
  });

  it('drift is told of each system that is known, and is not known when none is', () => {
    const known = (name: string) => ({ known: [{ name, detail: '2 differences' }] });
    const unknown = { unknown: 'it does not answer' };
    const both = { proxyDrift: known('caddy'), identityDrift: known('authentik') };
    expect(labelsOf('drift', both)).toEqual([{ system: 'caddy' }, { system: 'authentik' }]);
    expect(labelsOf('drift', { ...both, identityDrift: unknown })).toEqual([{ system: 'caddy' }]);
    expect(labelsOf('drift', { ...both, proxyDrift: unknown })).toEqual([{ system: 'authentik' }]);
    expect(labelsOf('drift', {})).toEqual([]);
    expect(labelsOf('drift', { proxyDrift: unknown, identityDrift: unknown })).toBeNull();
  });

  it('drift of a system that is known ends while the other one is unknown', () => {
    const unknown = { unknown: 'it does not answer' };
    const components = { known: [{ name: 'caddy', isProxy: true, problem: null }] };
    const rule = defaultRules.find(({ name }) => name === 'drift') as AlertRule;
    const unknownOf = (facts: Partial<Facts>, one = rule) =>
      ['caddy', 'authentik'].filter((system) => isUnknown(one, factsOf(facts), { system }));
    expect(unknownOf({ components })).toEqual([]);
    expect(unknownOf({ components, identityDrift: unknown })).toEqual(['authentik']);
    expect(unknownOf({ components, proxyDrift: unknown })).toEqual(['caddy']);
    expect(unknownOf({ components: unknown, proxyDrift: unknown })).toEqual(['caddy', 'authentik']);
    expect(unknownOf({ proxyDrift: unknown }, { ...rule, condition: { kind: 'backup-overdue' } })).toEqual([]);
  });

  const DAY = 86_400;
  const certificate = (leftDays: number, lifeDays: number, isIssued = true) => ({
    ...{ proxy: 'caddy', route: 'a.example.com', host: 'a.example.com', issuer: 'An Authority', isIssued },
    notBefore: ago((lifeDays - leftDays) * DAY),
    notAfter: ago(-leftDays * DAY),
  });

  it.each([
    ['of 90 days with 31 left', certificate(31, 90), 0],
    ['of 90 days with 20 left', certificate(20, 90), 1],
    ['of 6 days with 2.1 left', certificate(2.1, 6), 0],
    ['of 6 days with 1.2 left', certificate(1.2, 6), 1],
    ['that expired', certificate(-1, 6), 1],
    ['of two years that a person brings, with 100 days left', certificate(100, 730, false), 0],
    ['of two years that a person brings, with 10 days left', certificate(10, 730, false), 1],
  ])('certificate %s', (_what, known, alerts) => {
    expect(labelsOf('certificate', { certificates: { known: [known] } })).toHaveLength(alerts);
  });

  it('names covered routes when every proxy is down, and only its own when one is', () => {
    const component = (name: string, problem: string | null) => ({ name, isProxy: true, problem });
    const rule = defaultRules.find(({ name }) => name === 'component-down');
    const covers = (...known: ReturnType<typeof component>[]) =>
      rule && activeOf(rule, factsOf({ components: { known } }), 'main')?.map((one) => one.covers);
    expect(covers(component('caddy', 'down'))).toEqual(['routes']);
    expect(covers(component('caddy', 'down'), component('caddy-2', null))).toEqual(['proxy']);
  });
});
