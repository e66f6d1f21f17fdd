import { poolOf } from '../../domain/serving/pool.js';
import type { Change } from '../../domain/log/commit.js';
import type { Finding, PlannedChange, Safeguard } from './safeguard.js';

/** Finds servers that are a proxy's own admin endpoint: every visitor who gets there could replace its configuration. */
export const administration: Safeguard = {
  name: 'administration',
  questions: (change) => newServers(change).map((dial) => ({ kind: 'admin-endpoint', dial })),
  findings: (change, answers) =>
    newServers(change)
      .filter((dial) => answers.isAdminEndpoint(dial))
      .map(findingOf),
};

/** Returns the dial addresses that the changes name after and not before, without duplicates. */
function newServers({ before, after, changes }: PlannedChange): string[] {
  const dials = changes.flatMap((change) => {
    const held = new Set(refsOf(change, 'before').flatMap((ref) => dialsOf(before, ref)));
    return refsOf(change, 'after')
      .flatMap((ref) => dialsOf(after, ref))
      .filter((dial) => !held.has(dial));
  });
  return [...new Set(dials)];
}

/** Returns the upstreams that one side of a change names: names and addresses. */
function refsOf(change: Change, side: 'before' | 'after'): (string | null)[] {
  switch (change.kind) {
    case 'Route':
      return [change[side]?.upstream ?? null, change[side]?.backupUpstream ?? null];
    case 'Canary':
      return [change[side]?.upstream ?? null];
    case 'Upstream':
      return change[side] === null ? [] : [change.name];
    case 'AuthPolicy':
    case 'Bypass':
    case 'Failover':
    case 'Operator':
    case 'Secret':
    case 'Source':
      return [];
  }
}

function dialsOf(state: PlannedChange['after'], ref: string | null): readonly string[] {
  return poolOf(state, ref)?.servers.map(({ dial }) => dial) ?? [];
}

function findingOf(dial: string): Finding {
  const message = `${dial} is the admin endpoint of a Caddy; every visitor could replace its configuration`;
  return {
    refuses: true,
    kind: 'invalid',
    code: 'upstream-is-admin-endpoint',
    message,
    remedy: 'give the address of an app',
  };
}
