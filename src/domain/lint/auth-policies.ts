import { findingIf, type LintRule } from './rule.js';

/** A policy without conditions admits every user. */
const everyUser: LintRule<'AuthPolicy'> = {
  code: 'HEC204',
  severity: 'warning',
  title: 'an auth policy that lets every user in',
  kind: 'AuthPolicy',
  check: ({ name, groups, metadata }) =>
    findingIf(
      groups.length === 0 && Object.keys(metadata).length === 0,
      ['spec', 'groups'],
      `${name} requires neither a group nor metadata, so every user passes`,
    ),
};

const ADMINISTRATORS = /(^|[^a-z])(admins?|administrators?|superusers?|root|wheel|ops|operators?)($|[^a-z])/i;

/** Security consideration 3: a second factor for administrative access. */
const administratorsWithoutMfa: LintRule<'AuthPolicy'> = {
  code: 'HEC205',
  severity: 'warning',
  title: 'administrators without a second factor',
  kind: 'AuthPolicy',
  check: ({ name, groups, requireMFA }) =>
    findingIf(
      !requireMFA && [name, ...groups].some((text) => ADMINISTRATORS.test(text)),
      ['spec', 'requireMFA'],
      `${name} lets administrators in without a second factor`,
    ),
};

/** An unused policy protects nothing, and nobody notices when it is wrong. */
const unusedPolicy: LintRule<'AuthPolicy'> = {
  code: 'HEC301',
  severity: 'info',
  title: 'an auth policy that no route uses',
  kind: 'AuthPolicy',
  check: ({ name }, { routes, isWhole }) =>
    findingIf(
      isWhole && !routes.some(({ authPolicy }) => authPolicy === name),
      ['metadata', 'name'],
      `no route uses ${name}`,
    ),
};

/** Rules for auth policies. */
export const policyRules: readonly LintRule<'AuthPolicy'>[] = [everyUser, administratorsWithoutMfa, unusedPolicy];
