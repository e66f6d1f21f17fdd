import { accessExpression } from './expression.js';
import { accessOf, SIGNED_IN } from './access.js';
import { hostsOf } from '../resources/route.js';
import { all, type State } from '../log/state.js';

/** A rule in the identity provider that decides access to applications. */
export interface AccessRule {
  /** A policy's name, or `signed_in`. */
  readonly name: string;
  /** Membership in one group is required. */
  readonly groups: readonly string[];
  readonly createGroups: boolean;
  /** True: membership in one of the groups is the only condition. */
  readonly groupsSuffice: boolean;
  readonly expression: string;
}

/** A host that requires sign-in. */
export interface ProtectedHost {
  readonly host: string;
  readonly rule: string;
  readonly requireMFA: boolean;
  /** Slug of the sign-in flow; null: the provider's default. */
  readonly flow: string | null;
}

/** Hecate's part of the identity provider. */
export interface IdentityDocument {
  readonly rules: readonly AccessRule[];
  readonly hosts: readonly ProtectedHost[];
}

/** Compiles a state for the identity provider. Pure. Leaves out a host whose policy is missing, so nobody has access. */
export function compileIdentity(state: State): IdentityDocument {
  const policies = all(state, 'AuthPolicy').map((held) => held.value);
  const hosts = all(state, 'Route').flatMap(({ value: route }) => {
    const access = accessOf(state, route);
    if (access === null || (access.policy === null && access.rule !== SIGNED_IN)) return [];
    const { policy, rule, requireMFA } = access;
    return hostsOf(route).map((host) => ({ host, rule, requireMFA, flow: policy?.flow ?? null }));
  });
  const rules = policies.map(({ name, groups, metadata, createGroups }) => ({
    name,
    groups,
    createGroups,
    groupsSuffice: groups.length > 0 && Object.keys(metadata).length === 0,
    expression: accessExpression({ groups, metadata }),
  }));
  return { rules: hosts.some(({ rule }) => rule === SIGNED_IN) ? [...rules, signedIn()] : rules, hosts };
}

function signedIn(): AccessRule {
  const expression = accessExpression({ groups: [], metadata: {} });
  return { name: SIGNED_IN, groups: [], createGroups: false, groupsSuffice: false, expression };
}
