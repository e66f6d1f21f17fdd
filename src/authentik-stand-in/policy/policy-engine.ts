import type { Expressions } from './expressions.js';
import { groupsOf } from '../store/rights.js';
import type { Binding, Fields, Policy, Session, StandInState, User } from '../store/state.js';
import type { Store } from '../store/store.js';

/** Result of an evaluation; `messages` are for the user. */
export type PolicyVerdict = { readonly passing: boolean; readonly messages: readonly string[] };
/** The policy engine, as {@link createPolicyEngine} returns it. */
export type PolicyEngine = ReturnType<typeof createPolicyEngine>;
/** What a policy knows besides the user: its context, and the session of the browser when one asks. */
type Circumstances = { readonly context?: Fields; readonly session?: Session };
type Target = { readonly pk: string; readonly policy_engine_mode: string };

/** Creates the policy engine. A target admits a user when all or any (by its mode) of its enabled bindings do, or when it has none. */
export function createPolicyEngine({ store, expressions }: { store: Store; expressions: Expressions }) {
  const evaluatePolicy = async (
    policy: Policy,
    user: User | null,
    { context = {}, session }: Circumstances = {},
  ): Promise<PolicyVerdict & { raised?: true }> => {
    if (policy.kind !== 'expression') return { passing: matches(policy, context), messages: [] };
    const who = user ? describe(store.state, user) : anonymous;
    const request = session ? { login: session.login ?? null, now: Date.now() } : null;
    return expressions.evaluate(String(policy.settings['expression']), who, { context, request });
  };

  const check = async (binding: Binding, user: User | null, given: Circumstances): Promise<PolicyVerdict> => {
    const found = await evaluateBinding(binding, user, given);
    return { ...found, passing: found.passing !== binding.negate };
  };
  const evaluateBinding = async (binding: Binding, user: User | null, given: Circumstances): Promise<PolicyVerdict> => {
    if (binding.group) return plain(!!user && groupsOf(store.state, user).some(({ pk }) => pk === binding.group));
    if (binding.user !== null) return plain(binding.user === user?.pk);
    const policy = store.find('policies', binding.policy);
    if (!policy) return plain(false);
    const verdict = await evaluatePolicy(policy, user, given);
    return verdict.raised ? { ...verdict, passing: binding.failure_result } : verdict;
  };
  const evaluate = async (target: Target, user: User | null, given: Circumstances = {}): Promise<PolicyVerdict> => {
    const bindings = store.state.bindings
      .filter((binding) => binding.target === target.pk && binding.enabled)
      .sort((a, b) => a.order - b.order);
    if (bindings.length === 0) return plain(true);
    const verdicts = await Promise.all(bindings.map((binding) => check(binding, user, given)));
    const passes = verdicts.map(({ passing }) => passing);
    return {
      passing: target.policy_engine_mode === 'all' ? passes.every(Boolean) : passes.some(Boolean),
      messages: verdicts.flatMap(({ messages }) => messages),
    };
  };
  return { evaluate, evaluatePolicy };
}

const anonymous = { username: 'AnonymousUser', is_authenticated: false, groups: [], all_groups: [], devices: [] };

const plain = (passing: boolean): PolicyVerdict => ({ passing, messages: [] });

function matches({ settings }: Policy, { event }: Fields): boolean {
  const { action, client_ip, app } = (event ?? {}) as Fields;
  const wanted = [
    [settings['action'], action],
    [settings['client_ip'], client_ip],
    [settings['app'], app],
  ];
  return wanted.every(([want, is]) => want == null || want === is);
}

function describe(state: StandInState, user: User): Fields {
  const { pk, username, name, email, is_active, attributes, uid, type } = user;
  const all = groupsOf(state, user);
  const brief = (groups: StandInState['groups']) =>
    groups.map((group) => ({ pk: group.pk, name: group.name, attributes: group.attributes }));
  return {
    ...{ pk, username, name, email, is_active, attributes, uid, type },
    is_superuser: all.some((group) => group.is_superuser),
    devices: state.devices.filter((device) => device.user === pk).map((device) => device.pk),
    groups: brief(all.filter((group) => user.groups.includes(group.pk))),
    all_groups: brief(all),
  };
}
