import fc from 'fast-check';
import { bypassRoute } from '../../src/operations/routes/bypass-route.js';
import { createAuthPolicy } from '../../src/operations/auth-policies/create-auth-policy.js';
import { createRoute } from '../../src/operations/routes/create-route.js';
import { createUpstream } from '../../src/operations/upstreams/create-upstream.js';
import { deleteAuthPolicy } from '../../src/operations/auth-policies/delete-auth-policy.js';
import { deleteRoute } from '../../src/operations/routes/delete-route.js';
import { deleteUpstream } from '../../src/operations/upstreams/delete-upstream.js';
import { failoverRoute } from '../../src/operations/routes/failover-route.js';
import { moveRoute } from '../../src/operations/routes/move-route.js';
import type { Operation } from '../../src/operations/operation.js';
import { updateAuthPolicy } from '../../src/operations/auth-policies/update-auth-policy.js';
import { updateRoute } from '../../src/operations/routes/update-route.js';
import { updateUpstream } from '../../src/operations/upstreams/update-upstream.js';

/** One thing that somebody does. `pick` chooses among the commits that are there. */
export type Step =
  | { readonly kind: 'run' | 'fail'; readonly operation: Operation; readonly input: object }
  | { readonly kind: 'undo' | 'rollback'; readonly pick: number };

const domain = fc.constantFrom('a.example.com', 'b.example.com', 'c.example.com');
const pool = fc.constantFrom('pool', 'tank');
const policy = fc.constantFrom('staff', 'partners');
const upstream = fc.oneof(fc.constantFrom('one:1', 'two:1'), pool);
const server = fc.constantFrom('s1:1', 's2:1', 's3:1');
const onOff = fc.constantFrom('on', 'off');

const settings = {
  headers: fc.dictionary(fc.constantFrom('X-A', 'X-B'), fc.constantFrom('1', '2'), { noNullPrototype: true }),
  healthCheckPath: fc.constantFrom('/health', '/up', 'none'),
  authPolicy: fc.oneof(policy, fc.constant('none')),
  requireMFA: onOff,
  backupUpstream: fc.oneof(upstream, fc.constant('none')),
  autoFailover: onOff,
};
const some = { requiredKeys: ['domain' as const] };

const doing: fc.Arbitrary<readonly [Operation, object]> = fc.oneof(
  one(createRoute, fc.record({ domain, upstream, ...settings }, { requiredKeys: ['domain', 'upstream'] })),
  one(updateRoute, fc.record({ domain, ...settings }, some)),
  one(
    updateRoute,
    fc.record({ domain, upstream, headers: settings.headers, healthCheckPath: settings.healthCheckPath }),
  ),
  one(updateRoute, fc.record({ domain, headers: settings.headers })),
  one(updateRoute, fc.record({ domain, healthCheckInterval: fc.constantFrom('5s', '10s') })),
  one(deleteRoute, fc.record({ domain, force: fc.constant(true) })),
  one(moveRoute, fc.record({ domain, to: domain, force: fc.constant(true) })),
  one(createUpstream, fc.record({ name: pool, servers: fc.uniqueArray(server, { minLength: 1, maxLength: 2 }) })),
  one(updateUpstream, fc.record({ name: pool, addServer: fc.array(server, { maxLength: 1 }), timeout: fc.constantFrom('5s', '9s') })), // prettier-ignore
  one(deleteUpstream, fc.record({ name: pool })),
  one(createAuthPolicy, fc.record({ name: policy })),
  one(updateAuthPolicy, fc.record({ name: policy, requireMFA: onOff, groups: fc.subarray(['x', 'y']) })),
  one(deleteAuthPolicy, fc.record({ name: policy })),
  one(failoverRoute, fc.record({ domain, failover: onOff })),
  one(bypassRoute, fc.record({ domain, authBypass: onOff, duration: fc.constant('1h') })),
);

/** What people do, and now and then go back on; one operation in eight fails. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 7, arbitrary: doing.map(([operation, input]): Step => ({ kind: 'run', operation, input })) },
  { weight: 1, arbitrary: doing.map(([operation, input]): Step => ({ kind: 'fail', operation, input })) },
  { weight: 3, arbitrary: fc.nat(99).map((pick): Step => ({ kind: 'undo', pick })) },
  { weight: 1, arbitrary: fc.nat(99).map((pick): Step => ({ kind: 'rollback', pick })) },
);

/** What is there before: so that most of what people do has something to be done to. */
export const evening: readonly Step[] = [
  [createUpstream, { name: 'pool', servers: ['s1:1'] }],
  [createUpstream, { name: 'tank', servers: ['s2:1'] }],
  [createAuthPolicy, { name: 'staff' }],
  [createRoute, { domain: 'a.example.com', upstream: 'pool', headers: { 'X-A': '1' } }],
  [createRoute, { domain: 'b.example.com', upstream: 'one:1', authPolicy: 'staff', backupUpstream: 'tank' }],
].map(([operation, input]) => ({ kind: 'run', operation, input }) as Step);

function one(operation: Operation, input: fc.Arbitrary<object>): fc.Arbitrary<readonly [Operation, object]> {
  return input.map((value) => [operation, value] as const);
}
