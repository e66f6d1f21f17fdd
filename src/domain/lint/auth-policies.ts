import { complainIf, type LintRule } from './rule.js';

/** A policy that asks nothing of a user but to be one. */
const everyUser: LintRule<'AuthPolicy'> = {
  code: 'HEC204',
  severity: 'warning',
  title: 'an auth policy that lets every user in',
  kind: 'AuthPolicy',
  check: ({ name, groups, metadata }) =>
    complainIf(
      groups.length === 0 && Object.keys(metadata).length === 0,
      ['spec', 'groups'],
      `${name} asks for neither a group nor metadata: everybody with an account passes`,
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
    complainIf(
      !requireMFA && [name, ...groups].some((text) => ADMINISTRATORS.test(text)),
      ['spec', 'requireMFA'],
      `${name} lets administrators in without a second factor`,
    ),
};

/** Nobody is kept out by it, and nobody notices when it is wrong. */
const unusedPolicy: LintRule<'AuthPolicy'> = {
  code: 'HEC301',
  severity: 'info',
  title: 'an auth policy that no route names',
  kind: 'AuthPolicy',
  check: ({ name }, { routes, isWhole }) =>
    complainIf(
      isWhole && !routes.some(({ authPolicy }) => authPolicy === name),
      ['metadata', 'name'],
      `no route names ${name}`,
    ),
};

/** What auth policies are held against. */
export const policyRules: readonly LintRule<'AuthPolicy'>[] = [everyUser, administratorsWithoutMfa, unusedPolicy];
