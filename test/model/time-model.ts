import type { Change } from '../../src/domain/log/commit.js';

type Fields = Readonly<Record<string, unknown>>;

/** A resource, and which life of its name it is in: a new one begins when it is made anew, not when it is brought back. */
interface Living {
  readonly value: Fields;
  readonly life: number;
}

/** What is wanted, by `Kind/name`: the simplest thing that could be said about it. */
type World = ReadonlyMap<string, Living>;

/** A commit as the model remembers it. */
interface Remembered {
  readonly keys: readonly string[];
  readonly before: World;
  readonly after: World;
}

const BASE = /^(Route|Upstream|AuthPolicy)\//;

/** The resources after an undo or a rollback; refused: it would leave what does not hold together. */
export type Expected = ReadonlyMap<string, Fields> | 'refused';

/** A model of the log: worlds one after the other, and nothing else. */
export function createModel() {
  let world: World = new Map();
  const commits = new Map<string, Remembered>();
  const graves = new Map<string, Living>();
  let lives = 0;

  const livingOf = (key: string, value: Fields): Living => {
    const last = world.get(key) ?? graves.get(key);
    const goesOn = world.has(key) || (last !== undefined && same(last.value, value));
    return { value, life: goesOn && last ? last.life : ++lives };
  };
  return {
    /** What is wanted now, by key. */
    resources: () => valuesOf(world),
    /** Takes what the log took. */
    commit(id: string, changes: readonly Change[]): void {
      const before = world;
      const next = new Map(world);
      for (const { kind, name, after } of changes) {
        const key = `${kind}/${name}`;
        const old = next.get(key);
        if (after) next.set(key, livingOf(key, after));
        else if (old && next.delete(key)) graves.set(key, old);
      }
      world = next;
      commits.set(id, { keys: changes.map(({ kind, name }) => `${kind}/${name}`), before, after: world });
    },
    rollback: (id: string): Expected => settled(world, valuesOf(commits.get(id)?.after ?? new Map())),
    undo(id: string): Expected {
      const { keys, before, after } = commits.get(id) ?? { keys: [], before: world, after: world };
      const target = new Map(valuesOf(world));
      for (const key of keys.filter((one) => BASE.test(one))) {
        const value = takenBack(before.get(key), after.get(key), world.get(key));
        if (value === null) target.delete(key);
        else if (value !== 'stays') target.set(key, value);
      }
      return settled(world, target);
    },
  };
}

/** The base as it shall be, with the overlays of now that it can bear; refused when it does not hold together. */
function settled(now: World, target: ReadonlyMap<string, Fields>): Expected {
  const base = new Map([...target].filter(([key]) => BASE.test(key)));
  const route = (key: string) => base.get(key.replace(/^\w+/, 'Route'));
  const bears = (key: string) => {
    const under = route(key);
    if (key.startsWith('Failover/')) return under !== undefined && under['backupUpstream'] !== null;
    return under !== undefined && (under['authPolicy'] !== null || under['requireMFA'] === true);
  };
  const overlays = [...valuesOf(now)].filter(([key]) => !BASE.test(key) && bears(key));
  return [...base].every(([key, value]) => holds(base, key, value)) ? new Map([...base, ...overlays]) : 'refused';
}

function holds(base: ReadonlyMap<string, Fields>, key: string, value: Fields): boolean {
  if (!key.startsWith('Route/')) return true;
  const { upstream, backupUpstream: backup, authPolicy, autoFailover } = value;
  const isThere = (ref: unknown) => typeof ref !== 'string' || ref.includes(':') || base.has(`Upstream/${ref}`);
  const policyIsThere = typeof authPolicy !== 'string' || base.has(`AuthPolicy/${authPolicy}`);
  return (
    isThere(upstream) && isThere(backup) && policyIsThere && backup !== upstream && (!autoFailover || backup !== null)
  );
}

/** One resource: null is deleted. */
function takenBack(before?: Living, after?: Living, now?: Living): Fields | null | 'stays' {
  if (same(before?.value, now?.value)) return now?.value ?? null;
  if (!after) return now ? 'stays' : (before?.value ?? null);
  if (!now || now.life !== after.life) return 'stays';
  if (!before) return same(now.value, after.value) ? null : 'stays';
  return leaves(before.value, after.value, now.value);
}

/** Leaf by leaf: what still is as it was made goes back. Only what is a map each time has leaves of its own. */
function leaves(before: Fields, after: Fields, now: Fields): Fields {
  const names = [...new Set([before, after, now].flatMap((one) => Object.keys(one)))];
  const result = names.map((name): [string, unknown] => {
    const [b, a, n] = [before[name], after[name], now[name]];
    const areMaps = [b, a, n].every((one) => typeof one === 'object' && one !== null && !Array.isArray(one));
    if (areMaps) return [name, leaves(b as Fields, a as Fields, n as Fields)];
    return [name, same(n, a) ? b : n];
  });
  return Object.fromEntries(result.filter(([, value]) => value !== undefined));
}

function valuesOf(world: World): ReadonlyMap<string, Fields> {
  return new Map([...world].map(([key, { value }]) => [key, value]));
}

/** Whether two worlds hold the same. */
export function sameWorld(a: ReadonlyMap<string, Fields>, b: ReadonlyMap<string, Fields>): boolean {
  return same(Object.fromEntries(a), Object.fromEntries(b));
}

/** Equality by a canonical text. */
function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  return `{${Object.entries(value)
    .map(([name, inner]) => `${name}:${canonical(inner)}`)
    .sort()
    .join()}}`;
}
