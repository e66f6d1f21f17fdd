import type { AuthPolicy } from '../resources/auth-policy.js';

/** Conditions on a user's groups and attributes. */
export type AccessTerms = Pick<AuthPolicy, 'groups' | 'metadata'>;

/**
 * Returns the rule as a Python expression for authentik, which runs it without a sandbox. Each value is an escaped ASCII
 * literal, so a value cannot inject code.
 */
export function accessExpression({ groups, metadata }: AccessTerms): string {
  const conditions = [
    'request.user.is_authenticated',
    ...(groups.length > 0 ? [`(${groups.map(memberOf).join(' or ')})`] : []),
    ...Object.entries(metadata)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => attribute(name, value)),
  ];
  return `return bool(${conditions.join(' and ')})`;
}

function memberOf(group: string): string {
  return `ak_is_group_member(request.user, name=${literal(group)})`;
}

/** Returns the condition on an attribute: present for the value `required`, else equal to the value, as in the predecessor. */
function attribute(name: string, value: string): string {
  const held = `request.user.attributes.get(${literal(name)})`;
  const present = `${held} not in (None, "")`;
  return value === 'required' ? `(${present})` : `(${present} and str(${held}) == ${literal(value)})`;
}

function literal(text: string): string {
  const ascii = [...text].map((character) => (/[ !#-[\]-~]/.test(character) ? character : escaped(character)));
  return `"${ascii.join('')}"`;
}

function escaped(character: string): string {
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
}
