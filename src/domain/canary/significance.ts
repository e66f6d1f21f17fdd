/** A number of trials, and how many of them were hits. */
export interface Sample {
  readonly trials: number;
  readonly hits: number;
}

/**
 * Fisher's exact test, one-sided: the probability that the first sample has this many hits or more when both have the same
 * rate. Exact for any sample size.
 */
export function fisherTail(first: Sample, second: Sample): number {
  const hits = first.hits + second.hits;
  const trials = first.trials + second.trials;
  const misses = trials - hits;
  const most = Math.min(hits, first.trials);
  const begin = Math.exp(
    logChoose(hits, first.hits) + logChoose(misses, first.trials - first.hits) - logChoose(trials, first.trials),
  );
  return tailSum(begin, first.hits, most, (x) => {
    return ((hits - x) * (first.trials - x)) / ((x + 1) * (misses - first.trials + x + 1));
  });
}

/** The probability that a sample has this many hits or more when the true rate is `rate`. */
export function binomialTail({ trials, hits }: Sample, rate: number): number {
  if (hits === 0) return 1;
  if (rate <= 0 || rate >= 1) return rate >= 1 ? 1 : 0;
  const begin = Math.exp(logChoose(trials, hits) + hits * Math.log(rate) + (trials - hits) * Math.log1p(-rate));
  return tailSum(begin, hits, trials, (x) => ((trials - x) / (x + 1)) * (rate / (1 - rate)));
}

const NEGLIGIBLE = 1e-17;

/** Sum of the terms from `from` to `to`; `ratio(x)` is term x + 1 divided by term x. */
function tailSum(begin: number, from: number, to: number, ratio: (x: number) => number): number {
  let term = begin;
  let sum = begin;
  for (let x = from; x < to; x++) {
    const next = ratio(x);
    term *= next;
    sum += term;
    // After the peak the terms only decrease.
    if (next < 1 && term < sum * NEGLIGIBLE) break;
  }
  return Math.min(1, sum);
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

const SMALL = factorials(32).map(Math.log);

/** Stirling's series; from 32 on its error is below the precision of a double. */
function logFactorial(n: number): number {
  const small = SMALL[n];
  if (small !== undefined) return small;
  const x = n + 1;
  const series = 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5);
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}

function factorials(count: number): number[] {
  const found = [1];
  for (let n = 1; n < count; n++) found.push((found[n - 1] ?? 1) * n);
  return found;
}
