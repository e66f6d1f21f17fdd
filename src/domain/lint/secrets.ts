import { complainIf, type LintRule } from './rule.js';
import { basicAuthOf } from '../middleware/basic-auth.js';

/** Whose passwords nobody asks for is not noticed when they leak, and is not given others. */
const unusedSecret: LintRule<'Secret'> = {
  code: 'HEC307',
  severity: 'info',
  title: 'a secret that no route names',
  kind: 'Secret',
  check: ({ name }, { routes, isWhole }) =>
    complainIf(
      isWhole && !routes.some((route) => basicAuthOf(route).includes(name)),
      ['metadata', 'name'],
      `no route names ${name}`,
    ),
};

/** What secrets are held against. */
export const secretRules: readonly LintRule<'Secret'>[] = [unusedSecret];
