import { isSame } from '../../domain/data/fields.js';
import { differencesOf, haveOtherBodies, type HostComparison } from '../../domain/backup/drill.js';
import { accessOf } from '../../domain/identity/access.js';
import { all, find, type State } from '../../domain/log/state.js';
import { hostsOf } from '../../domain/resources/route.js';
import { secretsUsedBy } from '../../domain/secrets/kinds.js';
import { servedRoutes, type ServedRoute } from '../../domain/serving/served-route.js';
import { concreteHost } from '../../domain/values/network/domain-name.js';
import { askHost, type Entrances } from './ask-host.js';

/** Both proxies, and what the restored one serves. */
export interface Compared {
  readonly restored: Entrances;
  readonly live: Entrances;
  /** Secret value of the header that marks Hecate's own visits. */
  readonly mark: string;
  readonly state: State;
  /** Returns the state of the live log at this moment. */
  readonly liveState: () => Promise<State>;
  readonly onProgress: (asked: number, of: number) => void;
  readonly signal: AbortSignal;
}

const AT_ONCE = 8;
const SCHEMES = ['http', 'https'] as const;

/** Asks both proxies for every host of the restored state, over HTTP and HTTPS, and compares the answers. */
export async function compareHosts(compared: Compared): Promise<readonly HostComparison[]> {
  const { state, onProgress, signal } = compared;
  const hosts = all(state, 'Route').flatMap(({ value }) => hostsOf(value));
  const questions = hosts.flatMap((host) => SCHEMES.map((scheme) => ({ host, scheme })));
  const found: HostComparison[] = [];
  let next = 0;
  const ask = async () => {
    for (let question = questions[next++]; question !== undefined; question = questions[next++]) {
      signal.throwIfAborted();
      found.push(await comparison(compared, question));
      onProgress(found.length, questions.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return withChanged(found, state, await compared.liveState());
}

type Asked = Pick<HostComparison, 'host' | 'scheme'>;

/** An answer that differs is asked for once more: an upstream may just have been slow. */
async function comparison({ restored, live, mark }: Compared, { host, scheme }: Asked): Promise<HostComparison> {
  const ask = async () => {
    const question = { host: concreteHost(host), scheme };
    const [here, there] = await Promise.all([askHost(restored, question, mark), askHost(live, question, mark)]);
    return { differences: differencesOf(here, there), hasOtherBody: haveOtherBodies(here, there) };
  };
  const first = await ask();
  const { differences, hasOtherBody } = first.differences.length === 0 ? first : await ask();
  const verdict = differences.length === 0 ? 'same' : 'differs';
  return { host, scheme, verdict, differences: [...differences], hasOtherBody };
}

/** Marks the hosts whose resources were changed since the backup: their answers may differ. */
function withChanged(found: readonly HostComparison[], before: State, now: State): readonly HostComparison[] {
  const [then, live] = [basisByHost(before), basisByHost(now)];
  return found.map((one) => (isSame(then.get(one.host), live.get(one.host)) ? one : { ...one, verdict: 'changed' }));
}

/** Returns what the answers for each host rest on: the route, its pools and overlays, its policy, and the versions of its secrets. */
function basisByHost(state: State): ReadonlyMap<string, object> {
  return new Map(
    servedRoutes(state).flatMap((served) => {
      const basis = basisOf(state, served);
      return hostsOf(served.route).map((host) => [host, basis] as const);
    }),
  );
}

function basisOf(state: State, { revision: _, ...served }: ServedRoute): object {
  const { route } = served;
  const secrets = secretsUsedBy(route).map(({ name }) => {
    const { version, edition, rotation } = find(state, 'Secret', name)?.value ?? {};
    return { name, version, edition, phase: rotation?.phase };
  });
  return { ...served, access: accessOf(state, route), secrets };
}

/** Returns the resources that differ between two states, as `Kind/name`, sorted. */
export function changedBetween(before: State, now: State): readonly string[] {
  const keys = new Set([...before.resources.keys(), ...now.resources.keys()]);
  const isChanged = (key: string) =>
    !isSame(before.resources.get(key as never)?.value ?? null, now.resources.get(key as never)?.value ?? null);
  return [...keys].filter(isChanged).sort();
}
