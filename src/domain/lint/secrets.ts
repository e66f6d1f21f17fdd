import { findingIf, type LintRule } from './rule.js';
import { referencesFrom } from '../resources/kinds.js';
import { secretKindOf } from '../secrets/kinds.js';

/** Unused credentials: nobody notices a leak and nobody rotates them. */
const unusedSecret: LintRule<'Secret'> = {
  code: 'HEC307',
  severity: 'info',
  title: 'a secret that no route uses',
  kind: 'Secret',
  check: ({ name, kind }, { routes, isWhole }) =>
    findingIf(
      isWhole &&
        isForRoutes(kind) &&
        !routes.some((route) =>
          referencesFrom('Route', route).some((used) => used.kind === 'Secret' && used.name === name),
        ),
      ['metadata', 'name'],
      `no route uses ${name}`,
    ),
};

function isForRoutes(kind: string): boolean {
  const { isOwn, rotation } = secretKindOf(kind);
  return !isOwn && rotation.isInProxies;
}

/** The rules for secrets. */
export const secretRules: readonly LintRule<'Secret'>[] = [unusedSecret];
