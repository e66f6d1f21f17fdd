import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { certificates } from '../../../src/adapters/x509/certificates.js';
import { certificateChain, certificateProblem } from '../../../src/domain/values/certificate.js';
import { makeAuthority, type TestAuthority } from '../../builders/certificates.js';

let folder: string;
let authority: TestAuthority;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hecate-x509-'));
  authority = makeAuthority(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const now = () => new Date().toISOString();
const read = (chain: string) => {
  const facts = certificates.read(chain);
  if (!facts) throw new Error('it cannot be read');
  return facts;
};

it('reads names, dates, the kind of key and the order of the chain', () => {
  const { chain } = authority.issue(['App.example.com', '*.example.com'], { keyType: 'rsa' });
  expect(read(chain)).toMatchObject({ names: ['app.example.com', '*.example.com'], keyType: 'rsa', isOrdered: true });
  const [leaf = '', issuer = ''] = chain.split(/(?<=END CERTIFICATE-----\n)/);
  expect(read(leaf).fingerprint).toBe(read(chain).fingerprint);
  expect(read(issuer + leaf).isOrdered).toBe(false);
});

it('knows a key that belongs to a certificate from one that does not', () => {
  const [one, other] = [authority.issue(['a.example.com']), authority.issue(['a.example.com'])];
  expect(certificates.match(one.chain, one.key)).toBe('matches');
  expect(certificates.match(one.chain, other.key)).toBe('differs');
  expect(certificates.match(one.chain, one.chain)).toBe('unreadable');
  expect(certificates.match(one.chain, one.key.replace(/PRIVATE/g, 'ENCRYPTED PRIVATE'))).toBe('encrypted');
});

it('takes a certificate for the domains that it names, a wildcard for one label', () => {
  const facts = read(authority.issue(['a.example.com', '*.w.example.com']).chain);
  const problem = (domain: string) => certificateProblem(facts, domain, now());
  for (const domain of ['a.example.com', 'x.w.example.com', '*.w.example.com']) expect(problem(domain)).toBeNull();
  for (const domain of ['w.example.com', 'x.y.w.example.com', '*.example.com', 'b.example.com'])
    expect(problem(domain), domain).toContain('not for');
});

it('refuses what has expired', () => {
  const facts = read(authority.issue(['a.example.com'], { days: -1 }).chain);
  expect(certificateProblem(facts, 'a.example.com', now())).toContain('expired');
});

it('leaves everything but certificates out of a chain, above all a key', () => {
  const { chain, key } = authority.issue(['a.example.com']);
  expect(certificateChain.parse(`Bag Attributes\n${key}${chain.replace(/\n/g, '\r\n')}`)).toBe(chain);
  expect(certificateChain.parse(chain)).toBe(chain);
  expect(certificateChain.safeParse(key).success).toBe(false);
});
