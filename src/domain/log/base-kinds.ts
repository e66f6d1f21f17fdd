import type { z } from 'zod';
import { authPolicySchema } from '../resources/auth-policy.js';
import type { Change } from './commit.js';
import { deltaParser } from '../data/delta-list.js';
import type { ResourceKind, ResourceKinds } from '../resources/kinds.js';
import { routeSchema } from '../resources/route.js';
import { upstreamSchema } from '../resources/upstream.js';

/** Kinds that say what is wanted for good, with what each must satisfy. All others are overlays, which end by themselves. */
const baseSchemas = {
  AuthPolicy: authPolicySchema,
  Upstream: upstreamSchema,
  Route: routeSchema,
} satisfies Partial<Record<ResourceKind, z.ZodType>>;

export type BaseKind = keyof typeof baseSchemas;
export type BaseChange = Extract<Change, { readonly kind: BaseKind }>;

/** Rollback, undo and apply change these only. */
export function isBaseKind(kind: ResourceKind): kind is BaseKind {
  return kind in baseSchemas;
}

export function isBaseChange(change: Change): change is BaseChange {
  return isBaseKind(change.kind);
}

/** For one reading of many: makes a value from outside a resource of a kind; throws where it is none. */
export function baseParser(): (kind: BaseKind, value: unknown) => ResourceKinds[BaseKind] {
  const parsers = new Map(Object.entries(baseSchemas).map(([kind, schema]) => [kind, deltaParser(schema)]));
  return (kind, value) => parsers.get(kind)?.(value) as ResourceKinds[BaseKind];
}

/** Why a value cannot be a resource of its kind; null: it can. */
export function shapeProblem<K extends BaseKind>(kind: K, value: ResourceKinds[K]): string | null {
  const issue = baseSchemas[kind].safeParse(value).error?.issues[0];
  return issue === undefined ? null : `${issue.path.join('.')}: ${issue.message}`;
}
