import type { Policy } from '../store/state.js';
import type { Store } from '../store/store.js';

const shown = {
  expression: ['ak-policy-expression-form', 'Expression Policy', 'Expression Policies', 'expressionpolicy'],
  event_matcher: [
    'ak-policy-event-matcher-form',
    'Event Matcher Policy',
    'Event Matcher Policies',
    'eventmatcherpolicy',
  ],
} as const;

/** Model name of a kind of policy, as in rights. */
export const modelOf = (kind: Policy['kind']): string => shown[kind][3];

/** Returns a policy in the API's form, with its number of bindings. */
export function showPolicy(store: Store, { pk, name, kind, execution_logging, settings }: Policy) {
  const [component, verbose_name, verbose_name_plural, model] = shown[kind];
  const rest = kind === 'expression' ? {} : { action: null, client_ip: null, app: null, model: null };
  return {
    ...{ pk, name, execution_logging, component, verbose_name, verbose_name_plural },
    meta_model_name: `authentik_policies_${kind}.${model}`,
    bound_to: store.state.bindings.filter(({ policy }) => policy === pk).length,
    ...rest,
    ...settings,
  };
}
