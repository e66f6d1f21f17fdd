import { changeOf } from '../../domain/log/commit.js';
import type { Upstream } from '../../domain/resources/upstream.js';
import { dialsOf } from '../../domain/resources/upstream.js';
import type { State } from '../../domain/log/state.js';
import { type Answers, type Decision, touchedHosts } from '../operation.js';
import { routesTo } from '../rules/upstream.js';

/** Returns the decision to replace one upstream; without changes when both are equal. */
export function upstreamDecision(
  state: State,
  change: { readonly before: Upstream | null; readonly after: Upstream | null },
  answers: Answers,
): Decision {
  const { before, after } = change;
  const name = (after ?? before)?.name ?? '';
  const same = JSON.stringify(before) === JSON.stringify(after);
  return {
    kind: 'change',
    changes: same ? [] : [changeOf('Upstream', name, before, after)],
    expect: { ...touchedHosts(same ? [] : routesTo(state, name)), upstreams: [] },
    warnings: same || after === null ? [] : warningsOf(state, after, answers),
  };
}

function warningsOf(state: State, upstream: Upstream, answers: Answers): string[] {
  const dead = dialsOf(upstream).filter((dial) => answers.dials(dial) === false);
  const weighs = upstream.servers.some(({ weight }) => weight !== 1) && upstream.loadBalancer !== 'weighted';
  const used = routesTo(state, upstream.name);
  return [
    ...(dead.length > 0 ? [`${dead.join(', ')} ${dead.length === 1 ? 'does' : 'do'} not answer now`] : []),
    ...(weighs
      ? [`weights have no effect with --load-balancer ${upstream.loadBalancer}; use --load-balancer weighted`]
      : []),
    ...(used.length > 0 && dead.length === upstream.servers.length
      ? [`no server of ${upstream.name} answers, and ${used.join(', ')} use${used.length === 1 ? 's' : ''} it`]
      : []),
  ];
}
