import type { HostileText } from './hostile-texts.js';

const SHORT = 4_000;
/** Processor time (ms) that linear work on the short text never takes, and quadratic work (16 million steps) does. */
const SUSPECT_MS = 4;
/** Four times the length takes linear work 4 times as long and quadratic work 16 times. */
const MOST_GROWTH = 9;

/**
 * Returns the names of the texts on which `work` takes more than linear time. Most are seen to be quick on a short text; for
 * the others the best of several runs at 4 and 16 thousand characters are compared.
 */
export function superlinear(work: (text: string) => unknown, texts: readonly HostileText[]): string[] {
  return texts.filter((text) => isSlow(work, text)).map(({ name }) => name);
}

function isSlow(work: (text: string) => unknown, text: HostileText): boolean {
  const short = text.of(SHORT);
  if (Math.min(timeOf(work, short), timeOf(work, short)) < SUSPECT_MS) return false;
  const [less, more] = [best(work, short), best(work, text.of(4 * SHORT))];
  return more > MOST_GROWTH * less;
}

function best(work: (text: string) => unknown, text: string): number {
  return Math.min(...Array.from({ length: 3 }, () => timeOf(work, text)));
}

/** Processor time of this process in milliseconds, which a busy machine does not lengthen. */
function timeOf(work: (text: string) => unknown, text: string): number {
  const before = process.cpuUsage();
  try {
    work(text);
  } catch {
    // A refusal is an answer.
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
