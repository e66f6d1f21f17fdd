import type { HealthCheck } from '../../../domain/resources/health-check.js';

/** Returns a health check in a few words, for a column; null: there is none. */
export function healthCheckSummary(check: HealthCheck | null): string | null {
  return check && `${check.path} every ${check.interval}`;
}

/** Returns a health check with all its settings, for a person; null: there is none. */
export function healthCheckText(check: HealthCheck | null): string | null {
  if (check === null) return null;
  const { timeout, status, host, failureThreshold, successThreshold } = check;
  return [
    healthCheckSummary(check),
    `timeout ${timeout}`,
    `healthy status ${status ?? '2xx'}`,
    ...(host === null ? [] : [`host ${host}`]),
    `down after ${counted(failureThreshold, 'failure')}, up after ${counted(successThreshold, 'success', 'successes')}`,
  ].join(', ');
}

function counted(number: number, one: string, several = `${one}s`): string {
  return `${number} ${number === 1 ? one : several}`;
}
