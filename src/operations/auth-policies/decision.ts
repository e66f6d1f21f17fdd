import type { AuthPolicy } from '../../domain/resources/auth-policy.js';
import { changeOf } from '../../domain/log/commit.js';
import type { Refusal } from '../../domain/refusal.js';
import { all, type State } from '../../domain/log/state.js';
import type { Answers } from '../questions.js';
import type { Decision } from '../operation.js';
import { groupsProblem } from '../policy-groups.js';
import { noIdentityProvider } from '../rules/sign-in.js';
import { touchedHosts } from '../touched-hosts.js';

/** The decision to replace one policy; nothing to change when both are equal. */
export function policyDecision(
  state: State,
  { before, after }: { readonly before: AuthPolicy | null; readonly after: AuthPolicy | null },
  warnings: readonly string[],
): Decision {
  const same = JSON.stringify(before) === JSON.stringify(after);
  const name = (after ?? before)?.name ?? '';
  const changes = same ? [] : [changeOf('AuthPolicy', name, before, after)];
  const hosts = touchedHosts(same ? [] : routesWith(state, name));
  return { kind: 'change', changes, expect: { ...hosts, upstreams: [] }, warnings: same ? [] : warnings };
}

/** Why the identity provider cannot enforce these terms; null: it can. */
export function termsProblem(policy: AuthPolicy, answers: Answers): Refusal | null {
  if (answers.identityHost() === null) return noIdentityProvider;
  const problem = groupsProblem(policy, answers, 'Correct --groups, or add --create-groups.');
  if (problem) return problem;
  if (policy.flow === null || answers.hasFlow(policy.flow)) return null;
  return {
    kind: 'missing',
    code: 'flow-missing',
    message: `authentik has no authentication flow ${policy.flow}`,
    hint: 'Name the slug of a flow that authentik shows under Flows and Stages.',
  };
}

/** Domains of the routes that name a policy. */
export function routesWith(state: State, policy: string): string[] {
  return all(state, 'Route')
    .filter((held) => held.value.authPolicy === policy)
    .map((held) => held.name);
}
