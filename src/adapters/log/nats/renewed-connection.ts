import { setTimeout as sleep } from 'node:timers/promises';
import { statSync } from 'node:fs';
import type { NatsConnection } from 'nats';

/** One connection to NATS, and the seed with which it logged in last. */
export interface SeededConnection {
  readonly nc: NatsConnection;
  readonly seed: () => string | null;
}

/** A file with a seed, and the way to a new connection that logs in with its content. */
export interface Renewal {
  readonly seedFile: string;
  /** Reads the seed as it is now; null: the file is missing or damaged. */
  readonly seed: () => string | null;
  readonly open: () => Promise<SeededConnection>;
}

/** Pause (ms) between two looks at the file. */
const LOOK_MS = 300;
/** Longest pause (ms) after a seed that the server did not accept. */
const LONGEST_PAUSE_MS = 5_000;
/** Longest time (ms) for which a replaced connection is kept for its calls: each of them ends within 5 s. */
const LONGEST_CALL_MS = 5_000;
const LOOK_AT_CALLS_MS = 10;
/** Pauses (ms) before a call is repeated that nobody took. A server that reloads its configuration takes none for a moment. */
const NOBODY_PAUSES_MS = [20, 60, 150];

const renewals = new WeakMap<NatsConnection, () => Promise<void>>();

/**
 * Returns a connection that moves to a new one when the file has another seed: calls that have begun end on the connection
 * before, which is closed then. No call fails by it.
 */
export function renewedConnection(first: SeededConnection, { seedFile, seed, open }: Renewal): NatsConnection {
  let current = { ...first, calls: countedCalls(first.nc) };
  let isClosed = false;
  let running: Promise<void> | null = null;
  const former = new Set<NatsConnection>();

  const retire = async ({ nc, calls }: typeof current) => {
    former.add(nc);
    // Two looks: a call may begin its next request in between.
    for (let left = LONGEST_CALL_MS, idle = 0; idle < 2 && left > 0 && !nc.isClosed(); left -= LOOK_AT_CALLS_MS) {
      await sleep(LOOK_AT_CALLS_MS);
      idle = calls() === 0 ? idle + 1 : 0;
    }
    await nc.close();
    former.delete(nc);
  };
  const move = async () => {
    const wanted = seed();
    if (isClosed || wanted === null || wanted === current.seed()) return;
    const next = await open();
    const before = current;
    current = { ...next, calls: countedCalls(next.nc) };
    if (isClosed) return void (await next.nc.close());
    await retire(before);
  };
  const renew = () =>
    (running ??= move().finally(() => {
      running = null;
    }));

  // The file may have changed since the first connection read it, so the first look compares the seeds.
  let seen: string | null = null;
  let [failures, notBefore] = [0, 0];
  const timer = setInterval(() => {
    const look = lookOf(seedFile);
    if (look === seen || Date.now() < notBefore) return;
    renew().then(
      () => {
        seen = look;
        failures = 0;
      },
      () => {
        // The server may accept the seed later.
        failures += 1;
        notBefore = Date.now() + Math.min(LONGEST_PAUSE_MS, LOOK_MS * 2 ** failures);
      },
    );
  }, LOOK_MS);
  timer.unref();
  const close = async () => {
    isClosed = true;
    clearInterval(timer);
    await Promise.all([current.nc, ...former].map((nc) => nc.close()));
  };
  const facade = new Proxy(first.nc, {
    get(_, key) {
      if (key === 'close') return close;
      const value: unknown = Reflect.get(current.nc, key, current.nc);
      return typeof value === 'function' ? (value.bind(current.nc) as unknown) : value;
    },
  });
  renewals.set(facade, renew);
  return facade;
}

/** Moves a connection to the seed that its file has now, and returns when the connection before is closed. Idempotent. */
export async function renewCredentials(nc: NatsConnection): Promise<void> {
  // A move that runs may have read the file before it was written.
  await renewals
    .get(nc)?.()
    .catch(() => undefined);
  await renewals.get(nc)?.();
}

/** Counts the calls that have begun on a connection and have not ended. Repeats a request that nobody took. */
function countedCalls(nc: NatsConnection): () => number {
  let calls = 0;
  const counted = async <T>(call: Promise<T>): Promise<T> => {
    calls += 1;
    try {
      return await call;
    } finally {
      calls -= 1;
    }
  };
  const plain = { request: nc.request.bind(nc), subscribe: nc.subscribe.bind(nc) };
  nc.request = (...asked: Parameters<NatsConnection['request']>) => counted(untilTaken(() => plain.request(...asked)));
  nc.subscribe = (...asked: Parameters<NatsConnection['subscribe']>) => {
    const subscription = plain.subscribe(...asked);
    counted(subscription.closed).catch(() => undefined);
    return subscription;
  };
  return () => calls;
}

/** Repeats a call that nobody took. The last attempt’s error passes. */
export async function untilTaken<T>(attempt: () => Promise<T>): Promise<T> {
  for (const pause of NOBODY_PAUSES_MS) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTakenByNobody(error)) throw error;
      await sleep(pause);
    }
  }
  return attempt();
}

function isTakenByNobody(error: unknown): boolean {
  return (error as { code?: unknown }).code === '503';
}

/** Returns inode, time and size of a file, which differ after it is replaced or written; '' when it is missing. */
function lookOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? '' : `${found.ino}/${found.mtimeMs}/${found.size}`;
}
