import { all, find, type Held, type State } from '../../domain/state.js';
import { missingUpstream, routesTo } from '../../operations/route-upstream.js';
import { print, table, type OutputFormat } from '../output.js';
import { absent, properties, provenance, readState } from './reading.js';

/** Prints all upstreams. */
export async function listUpstreams(format: OutputFormat): Promise<void> {
  const state = await readState();
  const upstreams = all(state, 'Upstream').map((held) => shown(state, held));
  await print(format, upstreams, () =>
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
export async function readUpstream(name: string, format: OutputFormat): Promise<void> {
  const state = await readState();
  const held = find(state, 'Upstream', name);
  if (!held) throw absent(missingUpstream(state, name));
  const upstream = shown(state, held);
  await print(format, upstream, () => properties(upstream));
}

function shown(state: State, held: Held<'Upstream'>) {
  return { ...held.value, routes: routesTo(state, held.name), ...provenance(state, held) };
}

function serversText({ servers, loadBalancer }: ReturnType<typeof shown>): string {
  return servers
    .map(({ address, weight }) => (loadBalancer === 'weighted' ? `${address}=${weight}` : address))
    .join(', ');
}
