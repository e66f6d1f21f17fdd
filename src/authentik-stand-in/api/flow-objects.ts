import { badRequest, type ApiRoute } from '../rest/exchange.js';
import { bindingNames, checkFilter } from './bindings.js';
import { forgetProvider } from './providers.js';
import { bool, choice, filled, integer, reference, required, slug, textField } from '../rest/fields.js';
import { byField } from '../rest/list-page.js';
import { resourceRoutes, type ApiResource } from '../rest/resource.js';
import { newFlow, newFlowBinding } from '../store/default-flows.js';
import type { Flow, FlowBinding, Stage } from '../store/state.js';
import type { Store } from '../store/store.js';

const designations = [
  'authentication',
  'authorization',
  'invalidation',
  'enrollment',
  'unenrollment',
  'recovery',
  'stage_configuration',
];
const needs = [
  'none',
  'require_authenticated',
  'require_unauthenticated',
  'require_superuser',
  'require_redirect',
  'require_outpost',
  'require_token',
];
const modes = choice('any', 'all');

/** Routes of `/flows/instances/` and `/flows/bindings/`: flows, and the order of their stages. */
export function flowRoutes(store: Store): readonly ApiRoute[] {
  const bindings = resourceRoutes(store, bindingResource(store));
  const target = reference('flows');
  return [...resourceRoutes(store, flowResource(store)), ...checkFilter(bindings, { target }, store)];
}

const flowResource = (store: Store): ApiResource<'flows'> => ({
  path: '/flows/instances/',
  kind: 'flows',
  model: 'Flow',
  ordering: 'slug',
  rights: ['authentik_flows', 'flow'],
  key: 'slug',
  fields: {
    name: required(filled),
    slug: required(slug('“slug”')),
    title: required(filled),
    designation: required(choice(...designations)),
    background: textField,
    policy_engine_mode: modes,
    compatibility_mode: bool,
    layout: textField,
    denied_action: choice('message_continue', 'message', 'continue'),
    authentication: choice(...needs),
  },
  filters: byField<Flow>('slug', 'name', 'designation', 'denied_action'),
  check: (values, row) => {
    if (store.state.flows.some((other) => other !== row && other.slug === values['slug'])) {
      badRequest('slug', 'Flow with this slug already exists.');
    }
  },
  create: (values) => ({ ...newFlow('', '', '', ''), ...values }),
  remove: ({ pk }) => forgetFlow(store, pk),
  present: (row) => showFlow(store, row),
  usedBy: ({ pk }) => [
    ...store.state.providers
      .filter((provider) => provider.authorization_flow === pk)
      .map(({ pk: key, name }) => ({
        ...{ app: 'authentik_core', model_name: 'provider', pk: String(key), name: `Proxy Provider ${name}` },
        action: 'cascade',
      })),
    ...bindingNames(store, ({ target }) => target === pk),
  ],
});

/** Removes what refers to a flow. As in authentik, the providers that authorize by it go too. */
function forgetFlow(store: Store, flow: string): void {
  for (const { pk, authentication_flow, authorization_flow } of store.state.providers) {
    const provider = store.find('providers', pk)!;
    if (authorization_flow === flow) forgetProvider(store, pk);
    else if (authentication_flow === flow) store.change('providers', provider, { authentication_flow: null });
  }
  store.remove('providers', ({ authorization_flow }) => authorization_flow === flow);
  removeFlowBindings(store, ({ target }) => target === flow);
  store.remove('bindings', ({ target }) => target === flow);
}

/** Removes stages from flows, with the policies bound there. */
export function removeFlowBindings(store: Store, goes: (binding: FlowBinding) => boolean): void {
  const gone = new Set(store.state.flowBindings.filter(goes).map(({ pk }) => pk));
  store.remove('bindings', ({ target }) => gone.has(target));
  store.remove('flowBindings', ({ pk }) => gone.has(pk));
}

const bindingResource = (store: Store): ApiResource<'flowBindings'> => ({
  path: '/flows/bindings/',
  kind: 'flowBindings',
  model: 'FlowStageBinding',
  rights: ['authentik_flows', 'flowstagebinding'],
  fields: {
    target: required(reference('flows')),
    stage: required(reference('stages')),
    order: required(integer),
    evaluate_on_plan: bool,
    re_evaluate_policies: bool,
    policy_engine_mode: modes,
    invalid_response_action: choice('retry', 'restart', 'restart_with_context'),
  },
  filters: byField<FlowBinding>('target', 'stage', 'order'),
  check: ({ target, stage, order }, row) => {
    const isSame = (other: FlowBinding) =>
      other !== row && other.target === target && other.stage === stage && other.order === order;
    if (store.state.flowBindings.some(isSame)) {
      badRequest('non_field_errors', 'The fields target, stage, order must make a unique set.');
    }
  },
  create: (values) => ({ ...newFlowBinding('', '', 0), ...values }),
  remove: ({ pk }) => store.remove('bindings', ({ target }) => target === pk),
  present: (row) => {
    const stage = store.find('stages', row.stage);
    return { ...row, stage_obj: stage ? briefStage(store, stage) : null };
  },
});

/** Returns a stage in the short form inside other objects. */
export const briefStage = (store: Store, { pk, name }: Stage) => ({
  pk,
  name,
  component: '',
  verbose_name: 'stage',
  verbose_name_plural: 'stages',
  meta_model_name: 'authentik_flows.stage',
  flow_set: flowsOf(store, pk),
});

/** Returns the flows of a stage, in the form inside stages. */
export const flowsOf = (store: Store, stage: string) =>
  store.state.flowBindings
    .filter((binding) => binding.stage === stage)
    .flatMap(({ target }) => {
      const flow = store.find('flows', target);
      if (!flow) return [];
      const { authentication: _authentication, background: _background, ...shown } = flow;
      return [{ ...shown, ...addresses(flow) }];
    });

const addresses = ({ slug: name }: Flow) => ({
  background_url: '/static/dist/assets/images/flow_background.jpg',
  export_url: `/api/v3/flows/instances/${name}/export/`,
});

const showFlow = (store: Store, row: Flow) => ({
  ...row,
  ...addresses(row),
  background_themed_urls: null,
  stages: store.state.flowBindings.filter(({ target }) => target === row.pk).map(({ stage }) => stage),
  policies: store.state.bindings.filter(({ target }) => target === row.pk).flatMap(({ policy }) => policy ?? []),
  cache_count: 0,
});
