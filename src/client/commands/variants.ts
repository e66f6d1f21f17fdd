import type { CataloguedOperation } from '../../operations/catalogue.js';
import { Failure } from '../../ports/failure.js';
import { flagsOf, kebab, optionOf, type Flag } from '../input/flags.js';

/** Operations that share a command; its flags choose between them. */
export type Variants = readonly [CataloguedOperation, ...CataloguedOperation[]];

/** Returns the operation that these options choose. Throws `invalid` for a flag that this operation does not have. */
export function chosenOperation(
  variants: Variants,
  flags: readonly Flag[],
  options: Record<string, unknown>,
): CataloguedOperation {
  const given = (operation: CataloguedOperation) =>
    operation.selectedBy?.some((field) => optionOf(options, kebab(field)) !== undefined);
  const chosen = variants.find(given) ?? variants.find((operation) => !operation.selectedBy) ?? variants[0];
  const foreign = flags.filter(({ flag }) => !knows(chosen, flag) && optionOf(options, flag) !== undefined);
  if (foreign.length === 0) return chosen;
  throw new Failure('invalid', foreign.map(({ flag }) => whyForeign(flag, chosen, variants)).join('; '), {
    hint: `See: hecate ${chosen.path.join(' ')} --help`,
  });
}

function whyForeign(flag: string, { selectedBy }: CataloguedOperation, variants: Variants): string {
  if (selectedBy) return `--${flag} cannot be given together with ${flagNames(selectedBy)}`;
  const owners = variants
    .filter((operation) => knows(operation, flag))
    .flatMap((operation) => operation.selectedBy ?? []);
  return `--${flag} needs ${flagNames(owners)}`;
}

function knows(operation: CataloguedOperation, name: string): boolean {
  return flagsOf(operation).some(({ flag }) => flag === name);
}

function flagNames(fields: readonly string[]): string {
  return fields.map((field) => `--${kebab(field)}`).join(' or ');
}
