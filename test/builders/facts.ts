import type { Facts } from '../../src/domain/health/facts.js';

/** Facts of an environment in which all is well, but for these. */
export function factsOf(facts: Partial<Facts>): Facts {
  const none = { known: [] };
  return {
    at: '2026-11-29T12:00:00.000Z',
    components: none,
    servers: none,
    traffic: none,
    signIns: none,
    certificates: none,
    rotations: none,
    backups: none,
    proxyDrift: none,
    identityDrift: none,
    failed: none,
    open: none,
    held: none,
    bypasses: none,
    disks: none,
    sinks: none,
    witnesses: none,
    ...facts,
  };
}
