import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manifestOf } from '../../../src/domain/manifests/manifest.js';
import { manifestSchema } from '../../../src/domain/manifests/json-schema.js';
import { anyPolicy, anyRoute, anySecret, anyUpstream } from '../../builders/values.js';

const fits = new Ajv2020({ strict: false, validateFormats: false }).compile(manifestSchema());

const example = {
  apiVersion: 'hecate.io/v1',
  kind: 'Route',
  metadata: { name: 'app-route' },
  spec: { domain: 'app.example.com', upstream: 'app-backend:3000', healthCheck: { path: '/health' } },
};

const secret = (more: object = {}) => ({
  ...{ apiVersion: 'hecate.io/v1', kind: 'Secret', metadata: { name: 'team' } },
  spec: { kind: 'basic-auth', ...more },
});

describe('the schema for editors', () => {
  it.each([
    ['Route', anyRoute],
    ['AuthPolicy', anyPolicy],
    ['Upstream', anyUpstream],
    ['Secret', anySecret],
  ] as const)('takes every %s that is exported', (kind, values) => {
    fc.assert(fc.property(values as fc.Arbitrary<never>, (value) => fits(manifestOf(kind, value))));
  });

  it.each([
    ['what the page shows', example, true],
    ['an unknown field', { ...example, spec: { ...example.spec, upstrem: 'a' } }, false],
    ['a missing field', { ...example, spec: { domain: 'app.example.com' } }, false],
    ['a wrong type', { ...example, spec: { ...example.spec, requireMFA: 'yes' } }, false],
    ['old TLS', { ...example, spec: { ...example.spec, tls: { minVersion: '1.1' } } }, false],
    ['a secret by name and kind', secret(), true],
    ['the value of a secret', secret({ value: 'x' }), false],
    ['the version of a secret', secret({ version: 2 }), false],
    ['a spec of another kind', { ...example, kind: 'AuthPolicy' }, false],
  ])('knows %s', (_what, document, right) => expect(fits(document)).toBe(right));

  it('describes every field', () => {
    const undescribed = (schema: object, path: string): string[] =>
      Object.entries((schema as { properties?: Record<string, object> }).properties ?? {}).flatMap(([name, field]) => [
        ...('description' in field || name === 'metadata' || name === 'spec' ? [] : [`${path}.${name}`]),
        ...undescribed(field, `${path}.${name}`),
      ]);
    const { $defs } = manifestSchema() as { $defs: Record<string, object> };
    expect(Object.entries($defs).flatMap(([kind, schema]) => undescribed(schema, kind))).toEqual([]);
  });
});
