import type { Schedule } from '../resources/schedule.js';
import type { RotationPlan } from '../resources/secret.js';
import { rotationScheduleName } from '../schedules/rotate.js';
import type { ManifestResource } from './manifest.js';

/** Returns the resources with each schedule that a manifest of its secret can describe as a part of that. */
export function withRotationPlans(resources: readonly ManifestResource[]): ManifestResource[] {
  const plans = new Map(resources.flatMap((one) => (one.kind === 'Schedule' ? (planOf(one.value) ?? []) : [])));
  const secrets = new Set(resources.flatMap(({ kind, name }) => (kind === 'Secret' ? [name] : [])));
  const isPart = ({ kind, name }: ManifestResource) =>
    kind === 'Schedule' &&
    [...plans.keys()].some((secret) => secrets.has(secret) && rotationScheduleName(secret) === name);
  return resources
    .filter((one) => !isPart(one))
    .map((one) => {
      const plan = one.kind === 'Secret' ? plans.get(one.name) : undefined;
      return one.kind === 'Secret' && plan !== undefined ? { ...one, value: { ...one.value, plan } } : one;
    });
}

/** A schedule of another name, or a paused one, has a manifest of its own. */
function planOf(schedule: Schedule): [readonly [secret: string, plan: RotationPlan]] | null {
  const { name, every, at, timezone, jitter, action, paused } = schedule;
  if (action.kind !== 'rotate' || action.secret === null || paused !== null) return null;
  if (name !== rotationScheduleName(action.secret)) return null;
  const { kind: _kind, secret, ...options } = action;
  return [[secret, { every, at, timezone, jitter, ...options }]];
}
