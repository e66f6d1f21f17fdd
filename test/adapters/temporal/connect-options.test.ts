import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporalConnectOptions, temporalProfile } from '../../../src/adapters/temporal/connect-options.js';
import { Failure } from '../../../src/ports/failure.js';
import { defaultConnections, loadConnections, overlay } from '../../../src/stack/load-connections.js';

const folder = mkdtempSync(join(tmpdir(), 'hecate-profile-'));
const file = join(folder, 'temporal.toml');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SECRET = 'marker-of-a-secret';
writeFileSync(
  file,
  `[profile.default]\naddress = "default:7233"\napi_key = "${SECRET}"\n[profile.prod]\naddress = "prod:7233"\nnamespace = "sites"\napi_key = "${SECRET}"\n`,
);
const place = { address: 'temporal:7233', profile: {} };

function failure(run: () => unknown): Failure {
  try {
    run();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('did not fail');
}

describe('the settings of Temporal’s own tools', () => {
  it('do not concern the Temporal of a home, nor does a file that nobody asked for', () => {
    const env = { TEMPORAL_API_KEY: SECRET, TEMPORAL_CONFIG_FILE: file };
    expect(temporalConnectOptions({ address: 'own:1' }, env)).toEqual({ address: 'own:1' });
    mkdirSync(join(folder, 'temporalio'));
    copyFileSync(file, join(folder, 'temporalio', 'temporal.toml'));
    const home = { XDG_CONFIG_HOME: folder, HOME: folder };
    expect(temporalConnectOptions(place, home)).toEqual({ address: 'temporal:7233' });
    expect(temporalConnectOptions(place, { ...home, TEMPORAL_PROFILE: 'prod' })).toMatchObject({ apiKey: SECRET });
  });

  it('bring TLS, a client certificate, an API key and metadata', () => {
    const cert = join(folder, 'cert.pem');
    writeFileSync(cert, 'CERT');
    const tls = temporalConnectOptions(place, {
      TEMPORAL_TLS: 'true',
      TEMPORAL_TLS_CLIENT_CERT_PATH: cert,
      TEMPORAL_TLS_CLIENT_KEY_DATA: 'KEY',
      TEMPORAL_TLS_SERVER_CA_CERT_DATA: 'CA',
      TEMPORAL_TLS_SERVER_NAME: 'name',
    }).tls;
    expect(tls).toMatchObject({ serverNameOverride: 'name' });
    const { clientCertPair } = tls as { clientCertPair: { crt: Uint8Array; key: Uint8Array } };
    expect([clientCertPair.crt, clientCertPair.key].map((one) => Buffer.from(one).toString())).toEqual(['CERT', 'KEY']);
    const keyed = temporalConnectOptions(place, { TEMPORAL_API_KEY: SECRET, TEMPORAL_GRPC_META_X: 'y' });
    expect(keyed).toMatchObject({ apiKey: SECRET, tls: true, metadata: { x: 'y' } });
  });

  it('come from a profile of the file that is named', () => {
    const options = temporalConnectOptions({ ...place, profile: temporalProfile({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'prod' }) }, {}); // prettier-ignore
    expect(options).toMatchObject({ address: 'temporal:7233', apiKey: SECRET });
  });

  it('are kept in a home without keys, and with whole paths', () => {
    expect(
      temporalProfile({
        ...{ TEMPORAL_API_KEY: SECRET, TEMPORAL_TLS_CLIENT_KEY_DATA: SECRET, TEMPORAL_GRPC_META_AUTHORIZATION: SECRET },
        ...{ TEMPORAL_CODEC_AUTH: SECRET, TEMPORAL_TLS_CLIENT_KEY_PATH: 'key.pem', TEMPORAL_PROFILE: 'prod' },
      }),
    ).toEqual({ TEMPORAL_TLS_CLIENT_KEY_PATH: resolve('key.pem'), TEMPORAL_PROFILE: 'prod' });
  });

  it('that are wrong are named without their content', () => {
    const bad = join(folder, 'bad.toml');
    writeFileSync(bad, `[profile.default]\napi_key = "${SECRET}\n`);
    const wrong = [
      failure(() => temporalConnectOptions(place, { TEMPORAL_CONFIG_FILE: bad })),
      failure(() => temporalConnectOptions(place, { TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'none' })),
      failure(() => temporalConnectOptions(place, { TEMPORAL_TLS_CLIENT_CERT_PATH: join(folder, 'gone.pem') })),
    ];
    expect(wrong.map(({ message }) => message)).toEqual([
      'the settings of Temporal cannot be read: line 2 is not valid TOML',
      "Profile 'none' not found in the file",
      expect.stringContaining('gone.pem'),
    ]);
    for (const { message, details, cause } of wrong)
      expect(JSON.stringify([message, details, String(cause)])).not.toContain(SECRET);
  });
});

describe('the address and the namespace of Temporal', () => {
  const base = defaultConnections('/nowhere');
  const profile = { TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'prod' };

  it.each([
    ['the profile', profile, 'prod:7233', 'sites'],
    [
      'Temporal’s variables before the profile',
      { ...profile, TEMPORAL_ADDRESS: 'env:1', TEMPORAL_NAMESPACE: 'n' },
      'env:1',
      'n',
    ],
    [
      'Hecate’s variables before both',
      { ...profile, TEMPORAL_ADDRESS: 'env:1', HECATE_TEMPORAL_ADDRESS: 'ours:1', HECATE_TEMPORAL_NAMESPACE: 'o' },
      'ours:1',
      'o',
    ],
  ])('come from %s', (_name, env, address, namespace) => {
    // prettier-ignore
    expect(overlay(base, env).temporal).toMatchObject({ address, namespace });
    expect(loadConnections({ ...env, HECATE_HOME: '/nowhere' })?.temporal).toMatchObject({ address, namespace });
  });

  it('stay those of a home’s own server, unless Hecate’s variable names another one', () => {
    const { profile: _none, ...own } = base.temporal;
    expect(overlay({ ...base, temporal: own }, { TEMPORAL_ADDRESS: 'env:1' }).temporal).toEqual(own);
    const other = overlay({ ...base, temporal: own }, { HECATE_TEMPORAL_ADDRESS: 'ours:1', TEMPORAL_TLS: 'true' });
    expect(other.temporal).toMatchObject({ address: 'ours:1', profile: { TEMPORAL_TLS: 'true' } });
  });
});
