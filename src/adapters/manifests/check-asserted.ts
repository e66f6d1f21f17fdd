import { unmet } from '../../domain/manifests/manifest.js';
import type { Problem } from '../../domain/manifests/problems.js';
import type { State } from '../../domain/log/state.js';
import type { Source } from './index.js';

/** What a source only asserts and a log does not hold so, such as a secret that nobody made; each with its place. */
export function unmetProblems({ resources, placeOf }: Pick<Source, 'resources' | 'placeOf'>, log: State): Problem[] {
  return resources.flatMap((resource) => {
    const problem = unmet(log, resource);
    return problem === null
      ? []
      : [{ code: 'HEC014' as const, message: problem.message, at: placeOf(resource, problem.path) }];
  });
}
