import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  healthCheckFlagsProblem,
  healthCheckSettings,
  withHealthCheckSettings,
} from '../../../src/operations/rules/health-check.js';
import { healthCheck } from '../../builders/health-check.js';

const flags = (given: object) => z.strictObject(healthCheckSettings).parse(given);
const every = flags({
  healthCheckPath: '/up',
  healthCheckInterval: '10s',
  healthCheckTimeout: '500ms',
  healthCheckStatus: '3xx',
  healthCheckHost: 'App.example.com:8080',
  healthCheckFailureThreshold: 1,
  healthCheckSuccessThreshold: 4,
});
const whole = {
  path: '/up',
  interval: '10s',
  timeout: '500ms',
  status: '3xx',
  host: 'app.example.com:8080',
  failureThreshold: 1,
  successThreshold: 4,
};

describe('health check flags', () => {
  it('set every field', () => expect(withHealthCheckSettings(null, every)).toEqual(whole));

  it('keep what is not given', () => {
    expect(withHealthCheckSettings(whole, flags({}))).toEqual(whole);
    expect(withHealthCheckSettings(null, flags({ healthCheckPath: '/health' }))).toEqual(healthCheck());
  });

  it('take a status and a host away with none, and the whole check with the path', () => {
    const reset = flags({ healthCheckStatus: 'none', healthCheckHost: 'none' });
    expect(withHealthCheckSettings(whole, reset)).toEqual({ ...whole, status: null, host: null });
    expect(withHealthCheckSettings(whole, flags({ healthCheckPath: 'none' }))).toBeNull();
  });

  it.each([
    [{ healthCheckInterval: '10s' }, '--health-check-interval'],
    [{ healthCheckTimeout: '1s' }, '--health-check-timeout'],
    [{ healthCheckStatus: '200' }, '--health-check-status'],
    [{ healthCheckHost: 'a.b' }, '--health-check-host'],
    [{ healthCheckFailureThreshold: 1 }, '--health-check-failure-threshold'],
    [{ healthCheckSuccessThreshold: 1 }, '--health-check-success-threshold'],
  ])('%j has no effect without a path', (given, flag) => {
    expect(healthCheckFlagsProblem(null, flags(given))).toBe(`${flag} has no effect without a health check path`);
    expect(healthCheckFlagsProblem(whole, flags({ ...given, healthCheckPath: 'none' }))).toContain(flag);
    expect(healthCheckFlagsProblem(whole, flags(given))).toBeNull();
  });

  it.each([
    { healthCheckStatus: '2x' },
    { healthCheckHost: 'http://a.b' },
    { healthCheckHost: 'a b' },
    { healthCheckHost: '{http.request.host}' },
    { healthCheckHost: 'a.b:0' },
    { healthCheckHost: 'a.b:70000' },
    { healthCheckFailureThreshold: 0 },
    { healthCheckFailureThreshold: 1.5 },
    { healthCheckSuccessThreshold: true },
    { healthCheckSuccessThreshold: 101 },
  ])('%j is refused', (given) => expect(() => flags(given)).toThrow());

  it.each(['localhost', '10.0.0.1:80', '[::1]', '[::1]:8080', 'my_app.test'])('takes the host %s', (host) => {
    expect(flags({ healthCheckHost: host }).healthCheckHost).toBe(host);
  });
});
