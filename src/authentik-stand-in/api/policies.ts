import { bool, filled, nullable, required, textField, asText } from '../rest/fields.js';
import { badRequest, notFound, ok, type ApiRoute } from '../rest/exchange.js';
import type { Expressions } from '../policy/expressions.js';
import { bindingNames } from './bindings.js';
import { byField } from '../rest/list-page.js';
import type { PolicyEngine } from '../policy/policy-engine.js';
import { resourceRoutes, type ApiResource } from '../rest/resource.js';
import type { Policy } from '../store/state.js';
import { modelOf, showPolicy } from './show-policy.js';
import { uuid, type Store } from '../store/store.js';

type Deps = { store: Store; engine: PolicyEngine; expressions: Expressions };

/** Routes of `/policies/expression/` and `/policies/event_matcher/`, with the test of a policy. */
export function policyRoutes(deps: Deps): readonly ApiRoute[] {
  const { store, engine } = deps;
  return [
    {
      method: 'POST',
      path: '/policies/all/:key/test/',
      right: 'authentik_policies.view_policy',
      handle: async ({ params, body }) => {
        const policy = store.find('policies', params['key']) ?? notFound('Policy');
        const user =
          store.find('users', body['user']) ??
          badRequest('user', `Invalid pk "${String(body['user'])}" - object does not exist.`);
        const { passing, messages } = await engine.evaluatePolicy(policy, user);
        return ok({ passing, messages, log_messages: [] });
      },
    },
    ...resourceRoutes(store, expressionResource(deps)),
    ...resourceRoutes(store, matcherResource(store)),
  ];
}

const expressionResource = ({ store, expressions }: Deps): ApiResource<'policies'> => ({
  ...policyResource(store, 'expression'),
  fields: { name: required(filled), execution_logging: bool, expression: required(filled) },
  check: async (values, row) => {
    checkName(store, values['name'], row);
    if (values['expression'] === undefined) return;
    const problem = await expressions.problemOf(asText(values['expression']));
    if (problem !== null) badRequest('expression', `Expression Syntax Error: ${problem}`);
  },
});

const matcherResource = (store: Store): ApiResource<'policies'> => ({
  ...policyResource(store, 'event_matcher'),
  fields: {
    name: required(filled),
    execution_logging: bool,
    action: nullable(textField),
    client_ip: nullable(textField),
    app: nullable(textField),
    model: nullable(textField),
  },
  check: (values, row) => checkName(store, values['name'], row),
});

const policyResource = (store: Store, kind: Policy['kind']): Omit<ApiResource<'policies'>, 'fields'> => ({
  path: `/policies/${kind}/`,
  kind: 'policies',
  ordering: 'name',
  model: kind === 'expression' ? 'ExpressionPolicy' : 'EventMatcherPolicy',
  rights: [`authentik_policies_${kind}`, modelOf(kind)],
  belongs: (row) => row.kind === kind,
  filters: byField<Policy>('name', 'execution_logging'),
  create: ({ name }) => ({ pk: uuid(), name: String(name), kind, execution_logging: false, settings: {} }),
  change: (row, { name, execution_logging, ...settings }) =>
    void store.change('policies', row, {
      name: asText(name, row.name),
      execution_logging: Boolean(execution_logging ?? row.execution_logging),
      settings: { ...row.settings, ...settings },
    }),
  remove: ({ pk }) => store.remove('bindings', ({ policy }) => policy === pk),
  present: (row) => showPolicy(store, row),
  usedBy: ({ pk }) => bindingNames(store, ({ policy }) => policy === pk),
});

function checkName(store: Store, name: unknown, row: Policy | null): void {
  if (store.state.policies.some((other) => other !== row && other.name === name)) {
    badRequest('name', 'Policy with this name already exists.');
  }
}
