import type { EventLog } from '../../ports/event-log.js';
import type { Proxy } from '../../ports/proxy.js';
import { lineage } from './lineage.js';

/**
 * Probes every proxy before an operation commits. Returns a message when a proxy was written from another log, else null.
 * Throws `unavailable` when no proxy can be reached; a few unreachable ones do not matter.
 */
export async function probeProxies(log: EventLog, proxies: readonly Proxy[]): Promise<string | null> {
  const probes = await Promise.allSettled(proxies.map((proxy) => proxy.current()));
  const unreachable = probes.filter((probe) => probe.status === 'rejected');
  if (unreachable.length === probes.length && unreachable[0]) throw unreachable[0].reason;
  for (const [index, probe] of probes.entries()) {
    if (probe.status === 'rejected' || !probe.value.generation) continue;
    const relation = await lineage(log, probe.value.generation);
    if (relation.kind === 'foreign') return `${proxies[index]?.name}: ${relation.message}`;
  }
  return null;
}
