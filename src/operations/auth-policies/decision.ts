import type { AuthPolicy } from '../../domain/resources/auth-policy.js';
import { changeOf } from '../../domain/log/commit.js';
import type { State } from '../../domain/log/state.js';
import { type Decision, touchedHosts } from '../operation.js';
import { routesWith } from '../rules/sign-in.js';

/** Returns the decision to replace one policy; without changes when both are equal. */
export function policyDecision(
  state: State,
  { before, after }: { readonly before: AuthPolicy | null; readonly after: AuthPolicy | null },
  warnings: readonly string[],
): Decision {
  const same = JSON.stringify(before) === JSON.stringify(after);
  const name = (after ?? before)?.name ?? '';
  const changes = same ? [] : [changeOf('AuthPolicy', name, before, after)];
  const hosts = touchedHosts(same ? [] : routesWith(state, name));
  return { kind: 'change', changes, expect: { ...hosts }, warnings: same ? [] : warnings };
}
