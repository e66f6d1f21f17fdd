import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manifestOf, readManifest } from '../../src/domain/manifest.js';
import { plainRoute } from '../../src/domain/route.js';
import { anyPolicy, anyRoute, anyUpstream } from '../builders/values.js';

const page = {
  apiVersion: 'hecate.io/v1',
  kind: 'Route',
  metadata: { name: 'app-route' },
  spec: {
    domain: 'app.example.com',
    upstream: 'app-backend:3000',
    authPolicy: 'standard-users',
    tls: { autoHTTPS: true, forceHTTPS: true },
    healthCheck: { path: '/health', interval: '30s' },
  },
};

describe('a manifest', () => {
  it.each([
    ['Route', anyRoute],
    ['AuthPolicy', anyPolicy],
    ['Upstream', anyUpstream],
  ] as const)('of any %s gives it back', (kind, values) => {
    fc.assert(
      fc.property(values as fc.Arbitrary<never>, (value) => {
        expect(readManifest(manifestOf(kind, value))).toMatchObject({ kind, value });
      }),
    );
  });

  it('of a route has its domain for identity and its name for label', () => {
    expect(readManifest(page)).toMatchObject({ name: 'app.example.com', value: { label: 'app-route' } });
    const unnamed = { ...page, metadata: { name: 'App.example.com'.toLowerCase() } };
    expect(readManifest(unnamed)).toMatchObject({ value: { label: null } });
  });

  it('leaves out what goes without saying', () => {
    expect(manifestOf('Route', plainRoute('*.example.com', 'a:1'))).toEqual({
      apiVersion: 'hecate.io/v1',
      kind: 'Route',
      metadata: { name: '*.example.com' },
      spec: { domain: '*.example.com', upstream: 'a:1' },
    });
  });

  it('takes numbers where YAML reads them without quotes', () => {
    const spec = { ...page.spec, tls: { minVersion: 1.3 } };
    expect(readManifest({ ...page, spec })).toMatchObject({ value: { tls: { minVersion: '1.3' } } });
  });
});

describe('what is no manifest', () => {
  const withSpec = (more: object) => ({ ...page, spec: { ...page.spec, ...more } });
  it.each([
    ['a list', [], 'HEC006', 'a mapping with apiVersion'],
    ['another version', { ...page, apiVersion: 'v1' }, 'HEC006', 'hecate.io/v1'],
    ['a kind with a slip', { ...page, kind: 'Rout' }, 'HEC006', 'did you mean Route?'],
    ['a field with a slip', withSpec({ healthchek: 1 }), 'HEC007', 'did you mean healthCheck?'],
    ['a field in snake case', withSpec({ require_mfa: true }), 'HEC007', 'did you mean requireMFA?'],
    ['an inner field', withSpec({ tls: { autohttps: true } }), 'HEC007', 'did you mean autoHTTPS?'],
    ['a missing field', withSpec({ upstream: undefined }), 'HEC008', 'spec.upstream is missing'],
    ['a wrong type', withSpec({ requireMFA: 'yes' }), 'HEC008', 'it is a text, but must be true or false'],
    ['a number in a header', withSpec({ headers: { A: 5 } }), 'HEC008', 'write it in quotes'],
    ['an empty field', withSpec({ healthCheck: null }), 'HEC008', 'leave the field out'],
    ['a bad address', withSpec({ upstream: 'a:99999' }), 'HEC008', '1-65535'],
    ['old TLS', withSpec({ tls: { minVersion: 1.1 } }), 'HEC012', '1.2 or 1.3'],
    ['a backup that is the upstream', withSpec({ backupUpstream: 'app-backend:3000' }), 'HEC009', 'its own backup'],
    ['a failover to nothing', withSpec({ autoFailover: true }), 'HEC009', 'without backupUpstream'],
    ['a name of another wildcard', { ...page, metadata: { name: '*.example.org' } }, 'HEC009', 'neither a name'],
  ])('is refused: %s', (_what, document, code, words) => {
    const issues = readManifest(document);
    expect(issues).toEqual([expect.objectContaining({ code, message: expect.stringContaining(words) as string })]);
  });

  it('is a private key', () => {
    const certificate = {
      fingerprint: 'a'.repeat(64),
      chain: '-----BEGIN PRIVATE KEY-----',
      notAfter: '2027-01-01T00:00:00Z',
    };
    expect(JSON.stringify(readManifest(withSpec({ tls: { certificate } })))).toContain('never stands in a manifest');
  });
});
