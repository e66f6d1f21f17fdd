import { asText } from '../rest/fields.js';
import type { Application, Kind, ProviderRecord } from '../store/state.js';
import { EMBEDDED_OUTPOST } from '../store/seed.js';
import type { Store } from '../store/store.js';

/** A provider that the embedded outpost serves. */
export type Served = {
  readonly provider: ProviderRecord;
  readonly application: Application;
  readonly authentikHost: string;
};
/** The outpost's list, as {@link createServedList} returns it. */
export type ServedList = ReturnType<typeof createServedList>;

const kinds: readonly Kind[] = ['providers', 'applications', 'outposts'];

/** Shortest and longest delay (ms), chosen anew for each change. */
export type DelayMs = readonly [least: number, most: number];

/** Creates the outpost's list: its providers with an application. A change takes effect after a delay. */
export function createServedList({ store, delayMs: [least, most] }: { store: Store; delayMs: DelayMs }) {
  let served = load(store);
  const timers = new Set<NodeJS.Timeout>();
  store.onChange((kind) => {
    if (!kinds.includes(kind)) return;
    if (most === 0) return void (served = load(store));
    const delay = least + Math.random() * (most - least);
    const timer = setTimeout(() => {
      timers.delete(timer);
      served = load(store);
    }, delay);
    timers.add(timer);
  });
  return {
    /** Finds the provider of a host: its own, else the one with the longest matching domain. */
    forHost: (host: string): Served | null => {
      const own = served.find(
        ({ provider }) => provider.mode !== 'forward_domain' && new URL(provider.external_host).host === host,
      );
      const domains = served
        .filter(({ provider }) => provider.mode === 'forward_domain' && covers(provider, host))
        .sort((a, b) => b.provider.cookie_domain.length - a.provider.cookie_domain.length);
      return own ?? domains[0] ?? null;
    },
    close: () => timers.forEach((timer) => clearTimeout(timer)),
  };
}

function covers({ cookie_domain, external_host }: ProviderRecord, host: string): boolean {
  return new URL(external_host).host === host || (cookie_domain !== '' && host.endsWith(cookie_domain));
}

function load({ state }: Store): readonly Served[] {
  const outpost = state.outposts.find(({ managed }) => managed === EMBEDDED_OUTPOST);
  return (outpost?.providers ?? []).flatMap((pk) => {
    const provider = state.providers.find((other) => other.pk === pk);
    const application = state.applications.find((other) => other.provider === pk);
    if (!provider || !application) return [];
    const authentikHost = asText(outpost?.config['authentik_host'], '').replace(/\/$/, '');
    return [{ provider: { ...provider }, application: { ...application }, authentikHost }];
  });
}
