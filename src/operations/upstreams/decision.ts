import { changeOf } from '../../domain/log/commit.js';
import type { Upstream } from '../../domain/resources/upstream.js';
import type { State } from '../../domain/log/state.js';
import { type Decision, touchedHosts } from '../operation.js';
import { routesTo } from '../rules/upstream.js';

/** Returns the decision to replace one upstream; without changes when both are equal. */
export function upstreamDecision(
  state: State,
  change: { readonly before: Upstream | null; readonly after: Upstream | null },
): Decision {
  const { before, after } = change;
  const name = (after ?? before)?.name ?? '';
  const same = JSON.stringify(before) === JSON.stringify(after);
  return {
    kind: 'change',
    changes: same ? [] : [changeOf('Upstream', name, before, after)],
    expect: { ...touchedHosts(same ? [] : routesTo(state, name)) },
    warnings: same || after === null ? [] : warningsOf(after),
  };
}

function warningsOf(upstream: Upstream): string[] {
  const weighs = upstream.servers.some(({ weight }) => weight !== 1) && upstream.loadBalancer !== 'weighted';
  return [
    ...(weighs
      ? [`weights have no effect with --load-balancer ${upstream.loadBalancer}; use --load-balancer weighted`]
      : []),
  ];
}
