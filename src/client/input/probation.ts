import type { Command } from 'commander';
import { probationTermsSchema, type ProbationTerms } from '../../domain/resources/probation.js';
import { Failure } from '../../ports/failure.js';
import { once, type Flag } from './flags.js';

const LIMITS = [
  ['max-error-rate', 'percent', 'with --probation: undo when more requests fail (default: significantly more than before)'],
  ['max-latency-p99', 'duration', 'with --probation: undo when more than 1% of requests take longer'],
] as const; // prettier-ignore

/** Adds the flags that put a change on probation; limits that the command has already serve both. */
export function addProbationFlags(command: Command, flags: readonly Flag[]): void {
  command.option(
    '--probation <duration>',
    'undo the change when its routes get worse within this time; none: do not (default: HECATE_PROBATION of the worker)',
    once('--probation'),
  );
  for (const [name, placeholder, help] of LIMITS) {
    if (flags.some(({ flag }) => flag === name)) continue;
    command.option(`--${name} <${placeholder}>`, help, once(`--${name}`));
  }
}

/** The terms that a command line gives, and its other options. */
export interface TakenProbation<Options> {
  /** Null: it says nothing about a probation. */
  readonly probation: ProbationTerms | 'none' | null;
  readonly options: Options;
}

/** Takes the terms of a probation out of the options of a command. `flags`: its own. Throws `invalid`. */
export function takeProbation<Options extends Record<string, unknown>>(
  flags: readonly Flag[],
  options: Options,
): TakenProbation<Options> {
  const { probation, maxErrorRate, maxLatencyP99, ...rest } = options as Record<string, unknown>;
  if (probation === undefined || probation === 'none' || probation === '0s') {
    const foreign = LIMITS.filter(([name]) => !flags.some(({ flag }) => flag === name)).map(([name]) => name);
    const given = { 'max-error-rate': maxErrorRate, 'max-latency-p99': maxLatencyP99 };
    for (const name of foreign) {
      if (given[name] === undefined) continue;
      throw new Failure('invalid', `--${name} needs --probation`, { hint: `For example: --probation 10m --${name} …` });
    }
    return { probation: probation === undefined ? null : 'none', options: { ...options, probation: undefined } };
  }
  const parsed = probationTermsSchema.safeParse({
    for: probation,
    maxErrorRate: maxErrorRate === undefined ? null : percentOf(maxErrorRate),
    maxLatencyP99: maxLatencyP99 ?? null,
  });
  if (parsed.success) return { probation: parsed.data, options: rest as Options };
  const issue = parsed.error.issues[0];
  const flag = { maxErrorRate: 'max-error-rate', maxLatencyP99: 'max-latency-p99' }[String(issue?.path[0])];
  throw new Failure('invalid', `--${flag ?? 'probation'}: ${issue?.message}`, {
    hint: 'For example: --probation 10m --max-error-rate 2% --max-latency-p99 500ms',
  });
}

function percentOf(value: unknown): unknown {
  const text = String(value).trim();
  return /^\d+(\.\d+)?%?$/.test(text) ? Number(text.replace('%', '')) : text;
}
