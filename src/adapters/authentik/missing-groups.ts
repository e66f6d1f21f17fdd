import type { AccessRule } from '../../domain/identity/document.js';
import type { IdentityDrift } from '../../domain/drift/drift.js';
import type { AuthentikApi } from './client/calls.js';
import { objectPath } from './client/object-paths.js';
import { findGroup } from './rules.js';

const PROBLEM =
  'the group is empty for this policy, and Hecate does not create it: create the group in authentik, or remove it from the policy';

/** Lists the groups that rules name and authentik lacks, as drift. Without `createGroups`, Hecate never creates them. */
export async function missingGroups(api: AuthentikApi, rules: readonly AccessRule[]): Promise<IdentityDrift[]> {
  const found = new Map<string, Promise<unknown>>();
  const missing: IdentityDrift[] = [];
  for (const { name: rule, groups } of rules.filter(({ createGroups }) => !createGroups)) {
    for (const group of groups) {
      found.set(group, found.get(group) ?? findGroup(api, group));
      if ((await found.get(group)) === null) missing.push(missingGroup(rule, group));
    }
  }
  return missing;
}

function missingGroup(rule: string, group: string): IdentityDrift {
  return {
    kind: 'missing',
    object: `group ${group}`,
    path: objectPath('groups', group),
    wanted: `named by policy ${rule}`,
    found: undefined,
    subject: `rule ${rule}`,
    problem: PROBLEM,
  };
}
