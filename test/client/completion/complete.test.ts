import { describe, expect, it } from 'vitest';
import { createProgram } from '../../../src/client/commands/program.js';
import { complete, type NameLookup } from '../../../src/client/completion/complete.js';

const held: Record<string, string[]> = {
  Route: ['app.example.com', 'shop.example.com'],
  Upstream: ['api-backend'],
  AuthPolicy: ['api-users'],
  Secret: ['team'],
  Source: ['https://git.example.com/site.git'],
  Schedule: ['nightly'],
  Commit: ['abcdefgh2345'],
};
const lookup: NameLookup = (names) => Promise.resolve((held[names] ?? []).map((value) => ({ value })));

async function at(line: string, name = 'hecate'): Promise<string[]> {
  const found = await complete(createProgram(name), line.split(' '), lookup);
  return found.map(({ value }) => value);
}

describe('completion of commands', () => {
  it('offers verbs, then nouns, then flags', async () => {
    expect(await at('')).toEqual(expect.arrayContaining(['create', 'status', 'help', 'completion']));
    expect(await at('creat')).toEqual(['create']);
    expect(await at('create ')).toEqual([
      'route',
      'auth-policy',
      'upstream',
      'secret',
      'schedule',
      'alert-sink',
      'alert-rule',
      'silence',
      'operator',
    ]);
    expect(await at('delete route ')).toEqual(expect.arrayContaining(['--domain', '--force', '--help']));
    expect(await at('create --')).toEqual(['--help']);
  });

  it('offers the words of a command after help', async () => {
    expect(await at('help update ro')).toEqual(['route', 'rollback']);
  });

  it('offers hecate after the verb of eos, once', async () => {
    expect(await at('create h', 'eos')).toEqual(['hecate']);
    expect(await at('create hecate r', 'eos')).toEqual(['route']);
    expect(await at('create hecate ', 'eos')).not.toContain('hecate');
    expect(await at('update hecate route --domain ', 'eos')).toEqual(held['Route']);
    expect(await at('help update hecate rou', 'eos')).toEqual(['route']);
  });
});

describe('completion of values', () => {
  it.each([
    ['update route --domain ', ['app.example.com', 'shop.example.com']],
    ['update route --domain sh', ['shop.example.com']],
    ['update route --domain=sh', ['--domain=shop.example.com']],
    ['delete route --domain ', ['app.example.com', 'shop.example.com']],
    ['move route --domain ', ['app.example.com', 'shop.example.com']],
    ['create route --upstream ', ['api-backend']],
    ['create route --backup-upstream ', ['api-backend', 'none']],
    ['update route --canary-upstream ', ['api-backend']],
    ['update upstream --name ', ['api-backend']],
    ['create route --auth-policy ', ['api-users', 'none']],
    ['delete auth-policy --name ', ['api-users']],
    ['update secret --name ', ['team']],
    ['delete source --name ', ['https://git.example.com/site.git']],
    ['update schedule --name ', ['nightly']],
    ['follow ', ['abcdefgh2345', 'reconcile', 'backup']],
    ['update undo --operation ', ['abcdefgh2345']],
    ['update route --tls-min-version ', ['1.2', '1.3']],
    ['update upstream --load-balancer le', ['least_conn']],
    ['create route --require-mfa ', ['on', 'off']],
    ['create route --require-mfa=', ['--require-mfa=on', '--require-mfa=off']],
    ['update state reconcile --component a', ['alert-rules', 'alert-sinks', 'auth-policies', 'auth', 'all']],
    ['list routes -o ', ['table', 'json', 'yaml']],
    ['list -o js', ['json']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['logs wo', ['worker']],
    ['update route --tls-cert ', [':file', 'none']],
    ['update secret --from-file ', [':file']],
    ['export --to ', [':folder']],
  ])('hecate %s', async (line, values) => {
    expect(await at(line)).toEqual(values);
  });

  it('completes the last item of a list', async () => {
    const [first] = await at('update route --tls-ciphers TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_E');
    expect(first).toBe('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256');
  });

  it.each([
    'create route --domain ',
    'move route --to ',
    'create secret --name ',
    'update route --reason ',
    'update route --reason --d',
  ])('offers nothing, and no flag, where a new value belongs: %s', async (line) => {
    expect(await at(line)).toEqual([]);
  });

  it('gives the part after the last = or : where the shell takes these as words of their own', async () => {
    expect(await at('update route --domain = sh')).toEqual(['shop.example.com']);
    expect(await at('update route --domain =')).toEqual(held['Route']);
    expect(await at('delete source --name https : //gi')).toEqual(['//git.example.com/site.git']);
  });
});

describe('completion of flags', () => {
  it('offers a flag once, unless it is repeatable', async () => {
    const line = 'create route --domain a.example.com --headers X=1 --';
    expect(await at(line)).toEqual(expect.not.arrayContaining(['--domain']));
    expect(await at(line)).toContain('--headers');
  });

  it('offers no hidden flag, but completes its value', async () => {
    expect(await at('create route --tls-a')).toEqual(['--tls-auto-https']);
    expect(await at('create route --tls-auto o')).toEqual(['on', 'off']);
  });

  it('offers flags after a flag whose value may be left out', async () => {
    expect(await at('create route --require-mfa --up')).toEqual(['--upstream']);
  });
});
