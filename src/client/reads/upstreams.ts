import { all, find, type StoredResource } from '../../domain/log/state.js';
import { missingUpstream, routesTo } from '../../operations/rules/upstream.js';
import { print, table } from '../print/output.js';
import { printManifests } from './described.js';
import { absent, look, properties, provenance, type Look, type Looking } from './reading.js';

/** Prints all upstreams. */
export async function listUpstreams(looking: Looking): Promise<void> {
  const seen = await look(looking);
  if (looking.output === 'yaml') return printManifests(seen.state, 'Upstream');
  const upstreams = all(seen.state, 'Upstream').map((held) => shown(seen, held));
  await print(looking.output, upstreams, () =>
    upstreams.length === 0
      ? 'no upstreams'
      : table(
          ['NAME', 'SERVERS', 'BALANCED', 'HEALTH CHECK', 'ROUTES', 'UPDATED', 'BY'],
          upstreams.map((upstream) => [
            upstream.name,
            serversText(upstream),
            upstream.loadBalancer,
            upstream.healthCheck ? `${upstream.healthCheck.path} every ${upstream.healthCheck.interval}` : '–',
            String(upstream.routes.length),
            upstream.updatedAt,
            upstream.updatedBy,
          ]),
        ),
  );
}

/** Prints one upstream; throws `missing`. */
export async function readUpstream(name: string, looking: Looking): Promise<void> {
  const seen = await look(looking);
  const held = find(seen.state, 'Upstream', name);
  if (!held) throw absent(missingUpstream(seen.state, name));
  const upstream = shown(seen, held);
  await print(looking.output, upstream, () => properties(upstream));
}

function shown(seen: Look, held: StoredResource<'Upstream'>) {
  return { ...held.value, routes: routesTo(seen.state, held.name), ...provenance(seen, held) };
}

function serversText({ servers, loadBalancer }: ReturnType<typeof shown>): string {
  return servers
    .map(({ address, weight }) => (loadBalancer === 'weighted' ? `${address}=${weight}` : address))
    .join(', ');
}
