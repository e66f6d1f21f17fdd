import { definitionOf, type ResourceKind } from '../resources/kinds.js';
import { components, type ReconcileComponent } from '../resources/components.js';

/** Components of a backup besides the kinds that manifests have. */
const OPERATORS = 'operators';

/** Names of components that a backup of components can have: plurals of manifests, and `operators`. */
export const backupComponents: readonly string[] = [
  ...components.filter((one: ReconcileComponent) => one !== 'all'),
  OPERATORS,
];

/** Returns true for the name of a component that can be backed up and restored by itself. */
export function isComponentOfBackup(text: string): boolean {
  return backupComponents.includes(text);
}

/** Returns true when a kind of resources is in a backup of these components. */
export function isInComponents(kind: ResourceKind, chosen: readonly string[] | 'all'): boolean {
  return chosen === 'all' || chosen.includes(definitionOf(kind).plural);
}
