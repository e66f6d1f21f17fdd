import { describe, expect, it } from 'vitest';
import {
  environmentName,
  environmentPrefix,
  prefixIn,
  withoutPrefix,
  withPrefix,
} from '../../../src/domain/values/environment-name.js';

describe('names of an environment', () => {
  it('starts names in Temporal with the first eight digits of the log’s id', () => {
    expect(environmentPrefix('1A2B3C4D-5e6f-4a70-8b91-0123456789ab')).toBe('hecate-1a2b3c4d');
    expect(environmentPrefix('a-b')).toBe('hecate-ab');
  });

  it.each([
    ['hecate-1a2b3c4d/canary/app.example.com', 'hecate-1a2b3c4d', 'canary/app.example.com'],
    ['hecate-1a2b3c4d/route.create/app.example.com/x7', 'hecate-1a2b3c4d', 'route.create/app.example.com/x7'],
    ['canary/app.example.com', '', 'canary/app.example.com'],
    ['reconcile', '', 'reconcile'],
    ['hecate/nightly', '', 'hecate/nightly'],
    ['secret.create/hecate-1a2b3c4d/x7', '', 'secret.create/hecate-1a2b3c4d/x7'],
  ])('takes %s apart and puts it together again', (id, prefix, rest) => {
    expect(prefixIn(id)).toBe(prefix);
    expect(withoutPrefix(id)).toBe(rest);
    expect(withPrefix(prefix, rest)).toBe(id);
  });

  it('keeps the names of the usual environment, and gives each other one its own', () => {
    expect(environmentName('hecate', 'main')).toBe('hecate');
    expect(environmentName('hecate', 'staging')).toBe('hecate_staging');
    // The usual environment has a bucket of this name.
    expect(environmentName('hecate', 'staging')).not.toBe('hecate-staging');
  });
});
