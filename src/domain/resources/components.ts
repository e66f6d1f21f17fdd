import { z } from 'zod';
import { definitionOf, kindsWithRole, type ManifestPlural } from './kinds.js';

/** Kind of resources that a reconcile compares, by its plural in manifests, or all. */
export type ReconcileComponent = ManifestPlural | 'all';

const plurals = kindsWithRole('base', 'asserted').map((kind) => definitionOf(kind).plural as ManifestPlural);

/** Every component of a reconcile, the kinds that users name most first. */
export const components: readonly ReconcileComponent[] = [...[...plurals].reverse(), 'all'];

/** Returns true for the name of a component. */
export function isComponent(text: string): text is ReconcileComponent {
  return (components as readonly string[]).includes(text);
}

/** The option of a scheduled reconcile with all components that exist. */
export const componentOption = z
  .enum(components as [ReconcileComponent, ...ReconcileComponent[]])
  .default('all')
  .describe('Part to compare and repair; only all applies new commits');
