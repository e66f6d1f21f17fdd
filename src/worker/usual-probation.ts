import { probationTermsSchema, type ProbationTerms } from '../domain/resources/probation.js';
import { Failure } from '../ports/failure.js';

/**
 * Returns the terms of probation of every change that names none, from `HECATE_PROBATION`, `HECATE_PROBATION_MAX_ERROR_RATE` and
 * `HECATE_PROBATION_MAX_LATENCY_P99`; null: changes have no probation. Throws `invalid`.
 */
export function usualProbation(env: Readonly<Record<string, string | undefined>>): ProbationTerms | null {
  const time = env['HECATE_PROBATION'] ?? '';
  if (['', 'none', '0s'].includes(time.trim())) return null;
  const rate = env['HECATE_PROBATION_MAX_ERROR_RATE'] || null;
  const parsed = probationTermsSchema.safeParse({
    for: time,
    maxErrorRate: rate === null ? null : Number(rate.replace(/%$/, '')),
    maxLatencyP99: env['HECATE_PROBATION_MAX_LATENCY_P99'] || null,
  });
  if (parsed.success) return parsed.data;
  throw new Failure('invalid', `HECATE_PROBATION and its limits are not valid: ${parsed.error.issues[0]?.message}`, {
    hint: 'Set it to a time such as 10m, and the limits to such as 2% and 500ms.',
  });
}
