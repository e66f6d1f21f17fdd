import { describe, expect, it } from 'vitest';
import { differencesOf, drillText, haveOtherBodies, type HostAnswer } from '../../../src/domain/backup/drill.js';

const certificate = { subject: '', names: 'DNS:a.example.com', issuer: 'Caddy Local Authority' };
const answer: HostAnswer = {
  ...{ status: 200, location: null, asksSignIn: false, contentType: 'text/html', certificate, body: 'aa' },
};

describe('the comparison of a drill', () => {
  it('takes equal answers for alike, whatever their bodies', () => {
    const other = { ...answer, body: 'bb' };
    expect(differencesOf(answer, other)).toEqual([]);
    expect([haveOtherBodies(answer, other), haveOtherBodies(answer, answer)]).toEqual([true, false]);
  });

  it('names each difference with both sides', () => {
    const restored = { ...answer, status: 503, asksSignIn: true, location: 'https://login.example.com/', certificate: null }; // prettier-ignore
    expect(differencesOf(restored, answer)).toEqual([
      'status: restored 503, live 200',
      'redirect: restored https://login.example.com/, live none',
      'asks to sign in: restored yes, live no',
      'certificate: restored none, live DNS:a.example.com (DNS:a.example.com) by Caddy Local Authority',
    ]);
  });

  it('compares failures too', () => {
    const failed = { problem: 'the handshake was refused' };
    expect(differencesOf(failed, failed)).toEqual([]);
    expect(differencesOf(failed, answer)).toEqual(['restored: the handshake was refused; live: status 200']);
  });
});

describe('the summary of a drill', () => {
  it.each([
    [{ problem: null, hosts: 12, differed: 0, changed: 0 }, '12 of 12 hosts answer as the live ones do'],
    [
      { problem: null, hosts: 12, differed: 0, changed: 1 },
      '11 of 12 hosts answer as the live ones do; 1 changed since the backup',
    ],
    [{ problem: null, hosts: 12, differed: 2, changed: 1 }, '2 of 12 hosts answer otherwise than the live ones'],
    [{ problem: null, hosts: 0, differed: 0, changed: 0 }, 'it can be restored; it has no routes to compare'],
    [{ problem: 'the secrets are missing', hosts: 0, differed: 0, changed: 0 }, 'the secrets are missing'],
  ])('of %j', (counts, text) => {
    expect(drillText(counts)).toBe(text);
  });
});
