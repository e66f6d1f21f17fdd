const QUIET_MS = 5;
const LONGEST_MS = 250;

/**
 * Lets callers share runs. A caller gets the result of a run that began after its call; runs do not overlap. A run waits
 * while others are `approaching` and until 5 ms passed without another caller, at most 250 ms; a single caller does not
 * wait. Each write makes Caddy provision its whole configuration, so operations in flight share writes.
 */
export function coalesce<T>(run: () => Promise<T>, approaching: () => number = () => 0): () => Promise<T> {
  let next: Turn<T> | null = null;
  let current: Promise<unknown> = Promise.resolve();
  return () => {
    if (next) {
      next.callers++;
      next.lastCall = performance.now();
      return next.promise;
    }
    const turn: Turn<T> = { promise: new Promise(() => undefined), lastCall: performance.now(), callers: 1 };
    next = turn;
    turn.promise = current
      .catch(() => undefined)
      .then(() => gathered(turn, approaching))
      .then(() => {
        next = null;
        return run();
      });
    current = turn.promise;
    return turn.promise;
  };
}

interface Turn<T> {
  promise: Promise<T>;
  lastCall: number;
  callers: number;
}

async function gathered(turn: Turn<unknown>, approaching: () => number): Promise<void> {
  const deadline = performance.now() + LONGEST_MS;
  for (;;) {
    const alone = turn.callers === 1 && approaching() === 0;
    const quiet = approaching() === 0 && performance.now() - turn.lastCall >= QUIET_MS;
    if (alone || quiet || performance.now() >= deadline) return;
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  }
}

/** Shares one run among the callers within `windowMs` of its start. */
export function reuseFor<T>(run: () => Promise<T>, windowMs: number, now: () => number): () => Promise<T> {
  let last: { readonly at: number; readonly answer: Promise<T> } | null = null;
  return () => {
    if (last && now() - last.at < windowMs) return last.answer;
    last = { at: now(), answer: run() };
    return last.answer;
  };
}
