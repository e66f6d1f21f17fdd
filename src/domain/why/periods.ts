import { countingFigures, type CountingFigures, type FigureLevel, type Slot, levelTimes } from '../traffic/figures.js';
import type { Period } from './symptoms.js';

/** Figures of one route that are gathered slot by slot. */
export interface PeriodCounting {
  add(slot: Slot): void;
  /** Returns the periods from the first slot of any route on, oldest first, without gaps. Empty: there was no slot. */
  periods(): Period[];
  /** Returns the number of requests of the route, also those of a period that is not over. */
  requests(): number;
  /** Names of the proxies that counted. */
  proxies(): ReadonlySet<string>;
  /** Dial addresses that got requests of the route. */
  servers(): ReadonlySet<string>;
}

/** Creates the gathering of a route's figures in a time, up to `toMs`. */
export function countPeriods(domain: string, level: FigureLevel, toMs: number): PeriodCounting {
  const { slotMs } = levelTimes[level];
  const counted = new Map<number, CountingFigures>();
  const [proxies, servers] = [new Set<string>(), new Set<string>()];
  let [firstMs, requests] = [Infinity, 0];
  return {
    add({ startMs, proxy, routes }) {
      firstMs = Math.min(firstMs, startMs);
      proxies.add(proxy);
      const figures = Object.hasOwn(routes, domain) ? routes[domain] : undefined;
      if (figures === undefined) return;
      requests += figures.requests;
      const known = counted.get(startMs) ?? countingFigures();
      counted.set(startMs, known);
      known.addAll(figures);
      for (const dial of Object.keys(figures.upstreams)) servers.add(dial);
    },
    periods() {
      const count = Number.isFinite(firstMs) ? Math.max(0, Math.floor((toMs - firstMs) / slotMs)) : 0;
      return Array.from({ length: count }, (_, index) => {
        const startMs = firstMs + index * slotMs;
        return { startMs, figures: counted.get(startMs)?.figures() ?? null };
      });
    },
    requests: () => requests,
    proxies: () => proxies,
    servers: () => servers,
  };
}
