/** One period of a series: `hits` of `trials`. For counts without trials, `trials` is null. */
export interface Bin {
  readonly trials: number | null;
  readonly hits: number;
}

/** A level that changed from one value to another, at the beginning of bin `at`. */
export interface Step {
  readonly at: number;
  /** First and last bin at whose beginning it may have changed, with a probability of 95%. */
  readonly interval: readonly [first: number, last: number];
  /** Hits a trial, or a bin where there are no trials. */
  readonly before: number;
  readonly after: number;
  /** Number of bins on each side that were compared. */
  readonly widths: readonly [before: number, after: number];
  /** Twice the logarithm of the likelihood ratio of a change against none, divided by the dispersion. */
  readonly score: number;
  /** Probability of a change, from 0 to 1. */
  readonly confidence: number;
}

/** What counts as a change of a series. */
export interface Sensitivity {
  /** Bins of the shortest period that counts as a level. */
  readonly shortest: number;
  /** Bins of the shortest period after a step, when each of them is nearer to the new level; at most `shortest`. */
  readonly shortestSteady: number;
  /** Least score. */
  readonly score: number;
  /** Returns true for a difference that is large enough to matter. */
  isLarge(step: Pick<Step, 'before' | 'after'> & { readonly trialsAfter: number; readonly hitsAfter: number }): boolean;
}

/** Widths in bins of the windows that are compared. */
const WIDTHS = [6, 12, 24, 48, 96, 180];
/** Bins before a short period with which it is compared. */
const BEFORE_SHORT = 12;
/** Hits that a group of bins must have on average to tell how much the series varies. */
const HITS_A_GROUP = 5;
const PROBABLE = 0.95;
/** Part of the earlier periods of the same length that may have had the new level, or a further one. */
const USUAL = 0.1;
/** Separate earlier periods with the new level that make it a usual one. */
const MANY_EXCURSIONS = 3;

/**
 * Finds abrupt changes of a level: compares the periods before and after each moment by their likelihood as binomial or Poisson
 * counts. Three things keep it silent without a change: the score is divided by how much more both periods vary than chance; a
 * slow change is none, since only near periods are compared; and a level that the series had before, such as in bursts, is none.
 * Steps come in the order of time. `from`: first bin in which a change counts; what is before only serves to compare.
 */
export function stepsIn(bins: readonly Bin[], from: number, sensitivity: Sensitivity): Step[] {
  const sums = sumsOf(bins);
  const found: Step[] = [];
  while (found.length < MOST_STEPS) {
    const step = bestStep(sums, { from, count: bins.length, found, sensitivity });
    if (step === null) break;
    found.push(step);
  }
  return found.toSorted((a, b) => a.at - b.at);
}

const MOST_STEPS = 6;

interface Scan {
  readonly from: number;
  /** Number of bins. */
  readonly count: number;
  /** Steps that are known. No period that is compared reaches over one. */
  readonly found: readonly Step[];
  readonly sensitivity: Sensitivity;
}

function bestStep(sums: Sums, { from, count, found, sensitivity }: Scan): Step | null {
  const { shortest, shortestSteady, score: least } = sensitivity;
  let candidates: Candidate[] = [];
  const consider = (start: number, at: number, end: number) => {
    const ratio = sums.ratio(start, at, end);
    if (ratio >= least) candidates.push({ at, start, end, ratio });
  };
  for (let at = Math.max(from, shortest); at <= count - shortestSteady; at++) {
    const begun = found.reduce((most, one) => (one.at <= at ? Math.max(most, one.at) : most), 0);
    // The bin in which a step happened may have something of both levels.
    const first = begun > 0 && at - begun >= shortestSteady ? begun + 1 : begun;
    const last = found.reduce((fewest, one) => (one.at > at ? Math.min(fewest, one.at) : fewest), count);
    // What a short period ended is found too, where a step began it.
    if (at - first < (begun === 0 ? shortest : shortestSteady - 1)) continue;
    for (let end = at + shortestSteady; end < Math.min(at + shortest, last + 1); end++) {
      consider(Math.max(first, at - BEFORE_SHORT), at, end);
    }
    if (last - at < shortest) continue;
    for (const width of WIDTHS) {
      const [start, end] = [Math.max(first, at - width), Math.min(last, at + width)];
      // A wider window would be the same.
      if (width > shortest && at - start < width / 2 && end - at < width / 2) break;
      consider(start, at, end);
    }
  }
  candidates = candidates.sort((a, b) => b.ratio - a.ratio);
  let best: Candidate & { readonly dispersion: number; readonly score: number } = NONE;
  for (const one of candidates) {
    // The dispersion is at least 1, so no later candidate can be better.
    if (one.ratio <= best.score) break;
    const { at, start, end } = one;
    const [before, after] = [sums.level(start, at), sums.level(at, end)];
    const trialsAfter = sums.trials(at, end);
    if (!sensitivity.isLarge({ before, after, trialsAfter, hitsAfter: sums.hits(at, end) })) continue;
    if (end - at < shortest && !isSteady(sums, { at, end, before, after })) continue;
    const dispersion = Math.max(1, dispersionOf(sums, start, at), dispersionOf(sums, at, end));
    const score = one.ratio / dispersion;
    if (score < least || score <= best.score) continue;
    const isEnd = endsOne(found, { at, before, after });
    if (!isEnd && isUsual(sums, { at, start, length: end - at, before, after })) continue;
    best = { ...one, dispersion, score };
  }
  return best === NONE ? null : stepOf(sums, best);
}

interface Candidate {
  readonly at: number;
  readonly start: number;
  readonly end: number;
  readonly ratio: number;
}

const NONE = { at: 0, start: 0, end: 0, ratio: 0, dispersion: 1, score: 0 };

function stepOf(sums: Sums, { at, start, end, dispersion, score }: typeof NONE): Step {
  const weights: number[] = [];
  const first = start + 1;
  for (let other = first; other < end; other++) {
    weights.push(Math.exp((sums.ratio(start, other, end) - sums.ratio(start, at, end)) / dispersion / 2));
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let [low, high] = [at - first, at - first];
  let held = weights[low] ?? 0;
  while (held < PROBABLE * total && (low > 0 || high < weights.length - 1)) {
    const [left, right] = [weights[low - 1] ?? -1, weights[high + 1] ?? -1];
    held += left > right ? left : right;
    if (left > right) low--;
    else high++;
  }
  // By the Bayesian information criterion, with the moment and one more level as parameters.
  const odds = Math.exp(Math.min(700, score / 2 - 1.5 * Math.log(end - start)));
  return {
    at,
    interval: [first + low, first + high],
    before: sums.level(start, at),
    after: sums.level(at, end),
    widths: [at - start, end - at],
    score,
    confidence: odds / (1 + odds),
  };
}

/** Returns true for the way back after a step that is known. The level before that one is usual, and its return is news all the same. */
function endsOne(found: readonly Step[], { at, before, after }: Pick<Step, 'at' | 'before' | 'after'>): boolean {
  const last = found.filter((one) => one.at < at).toSorted((a, b) => b.at - a.at)[0];
  return last !== undefined && last.after > last.before !== after > before;
}

/** Returns true when each bin after a step is nearer to the new level than to the former one. */
function isSteady(
  sums: Sums,
  { at, end, before, after }: { readonly at: number; readonly end: number } & Pick<Step, 'before' | 'after'>,
): boolean {
  const isBeyond = beyondHalf(before, after);
  for (let bin = at; bin < end; bin++) if (!isBeyond(sums.level(bin, bin + 1))) return false;
  return true;
}

/** Half-way: a level near the new one is no news either. */
function beyondHalf(before: number, after: number) {
  const half = (before + after) / 2;
  return (level: number) => (after > before ? level >= half : level <= half);
}

/** Returns true when many earlier periods of the same length had the level after the step, or one further from that before it. */
function isUsual(
  sums: Sums,
  {
    at,
    start,
    length,
    before,
    after,
  }: {
    readonly at: number;
    readonly start: number;
    readonly length: number;
    readonly before: number;
    readonly after: number;
  },
): boolean {
  const isBeyond = beyondHalf(before, after);
  const stride = Math.max(1, Math.floor(length / 4));
  let [periods, beyond, excursions, wasBeyond] = [0, 0, 0, false];
  for (let end = Math.min(at, start + length); end - length >= 0; end -= stride) {
    const isNow = isBeyond(sums.level(end - length, end));
    periods++;
    if (isNow) beyond++;
    if (isNow && !wasBeyond) excursions++;
    wasBeyond = isNow;
  }
  return beyond > USUAL * periods || excursions >= MANY_EXCURSIONS;
}

/** Returns how much more the bins of a period vary than chance; 1: as chance. Groups bins with few hits. */
function dispersionOf(sums: Sums, from: number, to: number): number {
  const hits = sums.hits(from, to);
  const groups = Math.min(to - from, Math.floor(hits / HITS_A_GROUP));
  if (groups < FEWEST_GROUPS) return 1;
  const level = sums.level(from, to);
  let [squares, counted] = [0, 0];
  for (let group = 0; group < groups; group++) {
    const start = from + Math.floor(((to - from) * group) / groups);
    const end = from + Math.floor(((to - from) * (group + 1)) / groups);
    const expected = level * sums.trials(start, end);
    const variance = sums.isBinomial ? expected * (1 - level) : expected;
    if (variance <= 0) continue;
    squares += (sums.hits(start, end) - expected) ** 2 / variance;
    counted++;
  }
  return counted < FEWEST_GROUPS ? 1 : squares / (counted - 1);
}

const FEWEST_GROUPS = 4;

type Sums = ReturnType<typeof sumsOf>;

function sumsOf(bins: readonly Bin[]) {
  const isBinomial = bins.every(({ trials }) => trials !== null);
  const hitsUpTo = [0];
  const trialsUpTo = [0];
  for (const [index, { trials, hits }] of bins.entries()) {
    hitsUpTo.push((hitsUpTo[index] ?? 0) + hits);
    trialsUpTo.push((trialsUpTo[index] ?? 0) + (isBinomial ? (trials ?? 0) : 1));
  }
  const hits = (from: number, to: number) => (hitsUpTo[to] ?? 0) - (hitsUpTo[from] ?? 0);
  const trials = (from: number, to: number) => (trialsUpTo[to] ?? 0) - (trialsUpTo[from] ?? 0);
  const likelihood = (from: number, to: number) => {
    const [k, n] = [hits(from, to), trials(from, to)];
    if (n === 0) return 0;
    return isBinomial ? part(k, k / n) + part(n - k, (n - k) / n) : part(k, k / n);
  };
  return {
    isBinomial,
    hits,
    trials,
    level: (from: number, to: number) => (trials(from, to) === 0 ? 0 : hits(from, to) / trials(from, to)),
    ratio(start: number, at: number, end: number) {
      if (trials(start, at) === 0 || trials(at, end) === 0) return 0;
      return 2 * (likelihood(start, at) + likelihood(at, end) - likelihood(start, end));
    },
  };
}

function part(count: number, share: number): number {
  return count === 0 ? 0 : count * Math.log(share);
}
