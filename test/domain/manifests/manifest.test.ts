import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeOf } from '../../../src/domain/log/commit.js';
import {
  manifestOf,
  readManifest,
  missingPrerequisite,
  type ManifestResource,
} from '../../../src/domain/manifests/manifest.js';
import { plainRoute } from '../../../src/domain/resources/route.js';
import { newSecret, type Secret } from '../../../src/domain/resources/secret.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import { entries } from '../../builders/log.js';
import { anyPolicy, anyRoute, anySecret, anyUpstream } from '../../builders/values.js';

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
  it('may have the status that `read -o yaml` prints, which counts for nothing', () => {
    expect(readManifest({ ...page, status: { state: 'live', revision: 7 } })).toEqual(readManifest(page));
  });

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
    [
      'a wrong type',
      withSpec({ requireMFA: 'yes' }),
      'HEC008',
      'spec.requireMFA must be true or false, but is a string',
    ],
    ['a number in a header', withSpec({ headers: { A: 5 } }), 'HEC008', 'put it in quotes'],
    ['an empty field', withSpec({ healthCheck: null }), 'HEC008', 'or remove it'],
    ['a bad address', withSpec({ upstream: 'a:99999' }), 'HEC008', '1-65535'],
    ['old TLS', withSpec({ tls: { minVersion: 1.1 } }), 'HEC012', '1.2 or 1.3'],
    ['a backup that is the upstream', withSpec({ backupUpstream: 'app-backend:3000' }), 'HEC009', 'its own backup'],
    ['a failover to nothing', withSpec({ autoFailover: true }), 'HEC009', 'set spec.backupUpstream'],
    [
      'a name of another wildcard',
      { ...page, metadata: { name: '*.example.org' } },
      'HEC009',
      'neither the route’s domain',
    ],
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
    expect(JSON.stringify(readManifest(withSpec({ tls: { certificate } })))).toContain(
      'a manifest never holds a private key',
    );
  });
});

describe('a manifest of a secret', () => {
  const secret = (spec: object, metadata: object = { name: 'team' }) => ({
    ...{ apiVersion: 'hecate.io/v1', kind: 'Secret', metadata },
    spec: { kind: 'basic-auth', ...spec },
  });

  it('says name and kind, and neither version nor where the value lies', () => {
    fc.assert(
      fc.property(anySecret, (held) => {
        const manifest = manifestOf('Secret', held);
        expect(manifest).toEqual(secret({}, { name: held.name }));
        expect(readManifest(manifest)).toEqual({ kind: 'Secret', name: held.name, value: said(held) });
      }),
    );
  });

  it.each([
    ...['value', 'password', 'data', 'stringData', 'string_data', 'passwrd', 'users', 'htpasswd', 'from-file', 'token'],
  ])('never has the field %s, and its message names the command and no value', (field) => {
    const [issue, ...more] = readManifest(secret({ [field]: 'hunter2' })) as object[];
    expect(more).toEqual([]);
    expect(issue).toMatchObject({ code: 'HEC013', path: ['spec', field], isAboutName: true });
    expect(JSON.stringify(issue)).toContain('hecate create secret --name team --kind basic-auth --from-file FILE');
    expect(JSON.stringify(issue)).not.toContain('hunter2');
  });

  it.each([
    ['beside its spec', { ...secret({}), stringData: { ada: 'hunter2' } }, 'HEC013', '--name team '],
    ['in its metadata', secret({}, { name: 'team', password: 'hunter2' }), 'HEC013', '--name team '],
    ['under a name that is none', secret({ data: 'hunter2' }, { name: 'a b' }), 'HEC013', '--name NAME '],
    ['as its spec', { ...secret({}), spec: 'hunter2' }, 'HEC008', 'must be a mapping'],
    ['as its kind', secret({ kind: 'hunter2' }), 'HEC008', 'basic-auth or generic'],
    ['as a version', secret({ version: 2 }), 'HEC007', 'spec.version is not a field; the fields here are kind'],
    ['with a slip', secret({ kinds: 'basic-auth' }), 'HEC007', 'did you mean kind?'],
  ])('has no value %s', (_where, document, code, words) => {
    const text = JSON.stringify(readManifest(document));
    expect(text).toContain(code);
    expect(text).toContain(words);
    expect(text).not.toContain('hunter2');
  });

  it('needs the secret to be there, in whatever version, and of its kind', () => {
    const held = (team: Secret) => fold(emptyState, entries({ one: [changeOf('Secret', team.name, null, team)] }));
    const team: Secret = newSecret({ name: 'team', kind: 'basic-auth', version: 1, edition: 'a'.repeat(24) });
    const wanted: ManifestResource = { kind: 'Secret', name: 'team', value: said(team) };
    expect(missingPrerequisite(held(team), wanted)).toBeNull();
    expect(missingPrerequisite(held({ ...team, version: 7, edition: 'b'.repeat(24) }), wanted)).toBeNull();
    expect(missingPrerequisite(emptyState, wanted)).toMatchObject({
      path: ['metadata', 'name'],
      message: expect.stringContaining('hecate create secret --name team --kind basic-auth') as string,
    });
    const other = { ...team, kind: 'api-token' } as unknown as Secret;
    expect(missingPrerequisite(held(other), wanted)).toMatchObject({
      path: ['spec', 'kind'],
      message: expect.stringContaining('with another kind, api-token') as string,
    });
  });
});

function said({ name, kind }: Secret) {
  return { name, kind };
}

describe('the timeout of an Upstream', () => {
  const document = (spec: object) => ({
    apiVersion: 'hecate.io/v1',
    kind: 'Upstream',
    metadata: { name: 'api' },
    spec: { servers: [{ address: 'a:1' }], ...spec },
  });

  it.each([
    [{}, null],
    [{ timeout: 'none' }, null],
    [{ timeout: '90s' }, '90s'],
  ])('of %j is %j', (spec, timeout) => {
    const resource = readManifest(document(spec));
    expect(resource).toMatchObject({ value: { timeout } });
    if (!('kind' in resource) || resource.kind !== 'Upstream') throw new Error('not an upstream');
    expect(manifestOf('Upstream', resource.value).spec['timeout']).toBe(timeout ?? undefined);
  });
});
