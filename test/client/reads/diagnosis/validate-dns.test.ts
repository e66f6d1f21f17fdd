import { afterEach, describe, expect, it } from 'vitest';
import { nameServers } from '../../../../src/adapters/machine/name-records.js';
import type { ReadContext } from '../../../../src/client/reads/read.js';
import { readValidateDns } from '../../../../src/client/reads/diagnosis/validate-dns.js';
import { usualTls } from '../../../../src/domain/resources/tls.js';
import type { State } from '../../../../src/domain/log/state.js';
import { route, stateWith } from '../../../builders/log.js';
import { startNameServer, type Zone } from '../../../builders/name-server.js';

const OWN = '93.184.216.34';
const closing: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of closing.splice(0)) one.close();
});

interface Given {
  readonly domain?: string;
  readonly state?: State;
  readonly flags?: object;
  readonly setting?: string;
}

async function answered(zone: Zone, { domain = 'app.example.com', state, flags, setting = '' }: Given = {}) {
  const server = await startNameServer(zone);
  closing.push(server);
  const input = readValidateDns.input.parse({ domain, resolver: [server.address], ...flags });
  const context = {
    look: () => (state === undefined ? Promise.reject(new Error('no log')) : Promise.resolve({ state, asOf: null })),
    names: { ...nameServers, connectionProblem: () => Promise.resolve(null) },
    settings: () => setting,
  } as unknown as ReadContext;
  const answer = await readValidateDns.answer(input, context);
  expect(readValidateDns.shape().parse(answer.data)).toEqual(answer.data);
  const { findings } = answer.data as { findings: { name: string }[] };
  return { names: findings.map(({ name }) => name), exitCode: answer.exitCode, text: answer.text() };
}

describe('read validate dns', () => {
  it('finds nothing wrong with a name that leads here', async () => {
    const found = await answered({ 'app.example.com': { A: [OWN] } }, { setting: `${OWN} 2600::/64` });
    expect(found).toMatchObject({ names: [], exitCode: 0 });
    expect(found.text).toContain(`: ${OWN}\nok   nothing is wrong`);
  });

  it('says when the name leads elsewhere, and when it cannot know', async () => {
    const zone = { 'app.example.com': { A: ['9.9.9.9'] } };
    expect(await answered(zone, { flags: { address: [OWN] } })).toMatchObject({ names: ['WrongAddress'], exitCode: 6 });
    expect(await answered(zone)).toMatchObject({ names: ['AddressesUnknown'], exitCode: 0 });
    await expect(answered(zone, { setting: 'here' })).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('asks for a name that a wildcard matches, and says that its certificate needs another way', async () => {
    const zone = { 'hecate-probe.example.com': { A: [OWN] } };
    const found = await answered(zone, { domain: '*.example.com', setting: OWN });
    expect(found).toMatchObject({ names: ['WildcardNeedsDNS01'], exitCode: 0 });
  });

  it('looks at CAA records only where a public authority issues', async () => {
    const zone = { 'app.example.com': { A: [OWN] }, 'example.com': { CAA: ['0 issue digicert.com'] } };
    const of = (autoHTTPS: boolean) => stateWith(route('app.example.com', { tls: { ...usualTls, autoHTTPS } }));
    const issued = await answered(zone, { state: of(true), setting: OWN });
    expect(issued).toMatchObject({ names: ['CAAIssuanceNotAllowed'], exitCode: 6 });
    expect(await answered(zone, { state: of(false), setting: OWN })).toMatchObject({ names: [], exitCode: 0 });
    const other = { state: of(true), setting: OWN, flags: { issuer: 'digicert.com' } };
    expect(await answered(zone, other)).toMatchObject({ names: [] });
  });

  it('says so when no name server answers', async () => {
    const found = await answered({ 'app.example.com': 'SERVFAIL' });
    expect(found).toMatchObject({ exitCode: 6 });
    expect(found.text).toContain('FAIL DNSLookupFailed: app.example.com could not be looked up');
  });
});

it('takes only addresses of name servers', () => {
  const of = (resolver: string) =>
    readValidateDns.input.safeParse({ domain: 'a.example.com', resolver: [resolver] }).success;
  expect(['1.1.1.1', '1.1.1.1:5353', '2600::1', '[2600::1]:53'].filter((one) => !of(one))).toEqual([]);
  expect(['dns.example.com', '1.1.1.1:0', '1.1.1.1:x', '1.1.1.1/8', '[1.1.1.1:53', ''].filter(of)).toEqual([]);
});
