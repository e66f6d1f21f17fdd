import { describe, expect, it } from 'vitest';
import type { AuthPolicy } from '../../../src/domain/resources/auth-policy.js';
import { lint, lintRules } from '../../../src/domain/lint/lint.js';
import type { ManifestResource } from '../../../src/domain/manifests/manifest.js';
import { isPublicHost } from '../../../src/domain/values/network/network-name.js';
import type { Route } from '../../../src/domain/resources/route.js';
import { usualTls } from '../../../src/domain/resources/tls.js';
import { plainUpstream, type Upstream } from '../../../src/domain/resources/upstream.js';
import type { ScheduleAction } from '../../../src/domain/schedules/actions.js';
import { route } from '../../builders/log.js';
import { reconciling, rotating, schedule } from '../../builders/schedule.js';
import { healthCheck } from '../../builders/health-check.js';

/** A route, a policy and an upstream that nothing is said about. */
const good = {
  route: (more: Partial<Route> = {}, domain = 'app.example.com'): ManifestResource => ({
    kind: 'Route',
    name: domain,
    value: route(domain, { upstream: 'pool', authPolicy: 'staff', tls: { ...usualTls, forceHTTPS: true }, ...more }),
  }),
  policy: (more: Partial<AuthPolicy> = {}): ManifestResource => {
    const plain = { flow: null, createGroups: false, requireMFA: false, metadata: {}, source: null };
    const value = { name: 'staff', provider: 'authentik' as const, groups: ['staff'], ...plain, ...more };
    return { kind: 'AuthPolicy', name: value.name, value };
  },
  upstream: (more: Partial<Upstream> = {}): ManifestResource => {
    const servers = ['10.0.0.1:80', '10.0.0.2:80'].map((address) => ({ address, weight: 1 }));
    const value = { ...plainUpstream('pool', servers), healthCheck: healthCheck(), ...more };
    return { kind: 'Upstream', name: value.name, value };
  },
  schedule: (more: Partial<ScheduleAction<'reconcile'>>): ManifestResource => {
    return { kind: 'Schedule', name: 'nightly', value: schedule('nightly', { action: reconciling(more) }) };
  },
};

const rotation = (every: string, grace: string): ManifestResource => ({
  ...{ kind: 'Schedule', name: 'rotate-team' },
  value: schedule('rotate-team', { every, action: rotating('team', { grace }) }),
});
const tls = (more: Partial<Route['tls']>) => ({ tls: { ...usualTls, forceHTTPS: true, ...more } });
const server = (address: string, weight = 1) => ({ address, weight });

/** By code: resources of which one breaks the rule, at which field. */
const broken: Record<string, [ManifestResource[], string]> = {
  HEC101: [[good.route({}, 'login.example.com')], 'spec.authPolicy'],
  HEC102: [[good.route({}, '*.example.com')], 'spec.domain'],
  HEC201: [[good.route({ upstream: '10.0.0.1:80', backupUpstream: 'pool' })], 'spec.healthCheck'],
  HEC202: [[good.route(), good.route({ authPolicy: null }, 'b.example.com')], 'spec.authPolicy'],
  HEC203: [[good.route(tls({ ciphers: ['TLS_RSA_WITH_AES_128_CBC_SHA'] }))], 'spec.tls.ciphers.0'],
  HEC204: [[good.policy({ groups: [] })], 'spec.groups'],
  HEC205: [[good.policy({ groups: ['web-admins'] })], 'spec.requireMFA'],
  HEC206: [[good.route({ headers: { 'X-Api-Key': '1' } })], 'spec.headers.X-Api-Key'],
  HEC207: [[good.route({ backupUpstream: 'backend.example.com:80' })], 'spec.backupUpstream'],
  HEC208: [[good.upstream({ servers: [server('10.0.0.1:80'), server('8.8.8.8:80')] })], 'spec.servers.1.address'],
  HEC209: [
    [good.upstream({ healthCheck: healthCheck({ interval: '5s', timeout: '6s' }) })],
    'spec.healthCheck.timeout',
  ],
  HEC210: [[good.upstream({ servers: [server('a:1', 2), server('b:1')] })], 'spec.loadBalancer'],
  HEC211: [[good.schedule({ prune: true, yes: true })], 'spec.yes'],
  HEC212: [[good.schedule({ prune: true, component: 'routes' })], 'spec.prune'],
  HEC213: [[rotation('1h', '2h')], 'spec.grace'],
  HEC301: [[good.policy({ name: 'nobody' })], 'metadata.name'],
  HEC302: [[good.upstream({ name: 'idle' })], 'metadata.name'],
  HEC303: [
    [good.route(), good.route({ upstream: 'a:1', healthCheck: healthCheck() }, 'b.example.com')],
    'spec.upstream',
  ],
  HEC304: [[good.route(tls({ forceHTTPS: false }))], 'spec.tls'],
  HEC305: [[good.route(tls({ ciphers: ['TLS_AES_128_GCM_SHA256'] }))], 'spec.tls.ciphers'],
  HEC307: [[{ kind: 'Secret', name: 'idle', value: { name: 'idle', kind: 'basic-auth' } }], 'metadata.name'],
  HEC306: [[good.upstream({ servers: [server('a:1')] })], 'spec.servers'],
};

const whole = (resources: readonly ManifestResource[]) => {
  const usual = [good.route(), good.policy(), good.upstream()];
  return [
    ...resources,
    ...usual.filter(({ kind, name }) => !resources.some((r) => r.kind === kind && r.name === name)),
  ];
};

describe('rules', () => {
  it('say nothing of what is as it should be', () => {
    expect(lint(whole([good.schedule({ prune: true, pruneLimit: 40 })]))).toEqual([]);
  });

  it.each(lintRules.map(({ code, title }) => [code, title]))('%s: %s', (code) => {
    const [resources, field] = broken[code] ?? [[], ''];
    const found = lint(whole(resources)).map((one) => [one.rule.code, one.field.join('.')]);
    expect(found).toEqual([[code, field]]);
  });

  it('have codes of their own, in the order of severity', () => {
    expect(new Set(lintRules.map(({ code }) => code)).size).toBe(lintRules.length);
    for (const { code, severity } of lintRules) expect(code[3]).toBe({ error: '1', warning: '2', info: '3' }[severity]);
  });

  it('look at what the log holds, and do not judge it', () => {
    expect(lint([good.route()], { others: [good.upstream(), good.policy({ groups: [] })] })).toEqual([]);
  });

  it('call no secret unused that a route knows its visitors by', () => {
    const secret: ManifestResource = { kind: 'Secret', name: 'team', value: { name: 'team', kind: 'basic-auth' } };
    const asking = good.route({ middleware: ['basic-auth:team'] });
    expect(lint(whole([secret, asking]))).toEqual([]);
    expect(lint([secret], { others: [asking] })).toEqual([]);
    expect(lint([secret], { isWhole: false })).toEqual([]);
  });

  it('do not call a route open to everybody that asks for a password', () => {
    const asking = good.route({ authPolicy: null, middleware: ['basic-auth:team'] }, 'b.example.com');
    expect(lint(whole([asking])).filter(({ rule }) => rule.code === 'HEC202')).toEqual([]);
  });

  it('call nothing unused while the rest could not be read', () => {
    expect(lint([good.policy()], { isWhole: false })).toEqual([]);
  });
});

describe('a public host', () => {
  it.each(['app.example.com', '8.8.8.8', '[2606:4700::1111]', '172.32.0.1', '[::ffff:8.8.8.8]'])('is %s', (host) => {
    expect(isPublicHost(host)).toBe(true);
  });

  it.each([
    'localhost',
    'backend',
    'db.internal',
    'nas.home.arpa',
    '10.1.2.3',
    '172.20.0.1',
    '[::1]',
    '[fd00::1]',
    '[::ffff:10.0.0.1]',
    '[::ffff:a00:1]',
  ])('is not %s', (host) => expect(isPublicHost(host)).toBe(false));
});
