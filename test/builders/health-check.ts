import { usualHealthCheck, type HealthCheck } from '../../src/domain/resources/health-check.js';

/** A health check of `/health` with the default settings unless said otherwise. */
export function healthCheck(more: Partial<HealthCheck> = {}): HealthCheck {
  return { path: '/health', ...usualHealthCheck, ...more };
}
