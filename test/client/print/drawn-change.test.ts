import { describe, expect, it } from 'vitest';
import { changeOf } from '../../../src/domain/log/commit.js';
import { plainRoute } from '../../../src/domain/resources/route.js';
import { plainUpstream, type Upstream } from '../../../src/domain/resources/upstream.js';
import { drawnChange } from '../../../src/client/print/drawn-change.js';
import type { Secret } from '../../../src/domain/resources/secret.js';
import { begunRotation, course, EDITIONS, rotating } from '../../builders/rotating.js';

describe('a change as a person reads it', () => {
  const plain = plainRoute('a.example.com', 'b:1');

  it('says of a new route, or one that goes, only how it differs from any other', () => {
    expect(drawnChange(changeOf('Route', plain.domain, null, plain))).toEqual([
      'create Route a.example.com',
      '  upstream: – → "b:1"',
    ]);
    const asked = { ...plain, requireMFA: true, tls: { ...plain.tls, minVersion: '1.3' as const } };
    expect(drawnChange(changeOf('Route', plain.domain, asked, null))).toEqual([
      'delete Route a.example.com',
      '  upstream: "b:1" → –',
      '  requireMFA: true → –',
      '  tls.minVersion: "1.3" → –',
    ]);
  });

  it('says of one that was there every field that changes', () => {
    expect(drawnChange(changeOf('Route', plain.domain, { ...plain, requireMFA: true }, plain))).toEqual([
      'change Route a.example.com',
      '  requireMFA: true → false',
    ]);
  });

  it('does not repeat the name of what is made', () => {
    const source = { name: 'folder', repository: 'r', ref: null, sha: null, head: null, digest: 'd' };
    expect(drawnChange(changeOf('Source', 'folder', null, source))).toEqual([
      'create Source folder',
      '  repository: – → "r"',
      '  digest: – → "d"',
    ]);
  });

  const pool = (...addresses: string[]) =>
    plainUpstream('pool', addresses.map((address) => ({ address, weight: 1 }))); // prettier-ignore
  const linesOf = (before: Upstream | null, after: Upstream) =>
    drawnChange(changeOf('Upstream', 'pool', before, after)).slice(1);

  it('compares servers by their addresses', () => {
    const four = pool('a:1', 'b:1', 'c:1', 'd:1');
    expect(linesOf(four, pool('a:1', 'c:1', 'd:1'))).toEqual(['  servers: - b:1']);
    expect(linesOf(four, pool('a:1', 'b:1', 'e:1', 'c:1', 'd:1'))).toEqual(['  servers: + e:1']);
    const heavier = { ...four, servers: four.servers.map((one, i) => (i === 2 ? { ...one, weight: 3 } : one)) };
    expect(linesOf(four, heavier)).toEqual(['  servers[c:1].weight: 1 → 3']);
    expect(linesOf(pool('a:1', 'b:1'), pool('b:1', 'a:1'))).toEqual(['  servers: in this order now: b:1, a:1']);
  });

  it('names the middleware that went and that came, and another order', () => {
    const lines = (before: string[], after: string[]) =>
      drawnChange(changeOf('Route', plain.domain, { ...plain, middleware: before }, { ...plain, middleware: after }));
    expect(lines(['compression', 'rate-limit:100/minute'], ['compression', 'rate-limit:50/minute'])).toEqual([
      'change Route a.example.com',
      '  middleware: - rate-limit:100/minute',
      '  middleware: + rate-limit:50/minute',
    ]);
    expect(lines(['compression', 'request-id'], ['request-id', 'compression'])).toEqual([
      'change Route a.example.com',
      '  middleware: in this order now: request-id, compression',
    ]);
    expect(lines(['compression', 'compression'], ['compression'])).toEqual([
      'change Route a.example.com',
      '  middleware: - compression',
    ]);
  });

  it('leaves out when an overlay and its step began', () => {
    const times = { since: '2026-01-01T00:00:00.000Z', until: '2026-01-01T01:00:00.000Z' };
    const bypass = { domain: 'a.example.com', reason: 'repair', ...times };
    expect(drawnChange(changeOf('Bypass', 'a.example.com', null, bypass))).toEqual([
      'create Bypass a.example.com',
      '  reason: – → "repair"',
      '  until: – → "2026-01-01T01:00:00.000Z"',
    ]);
  });
});

describe('a change of a secret as a person reads it', () => {
  const at = '2026-01-01T00:00:00.000Z';
  const [plain, ...all] = [rotating(null), ...course(rotating(begunRotation(at)), at, Array(9).fill({ kind: 'done' }))];
  const lines = (before: Secret | null, after: Secret | undefined) =>
    drawnChange(changeOf('Secret', 'team', before, after ?? null)).slice(1);

  it('has the rotation that begins in one line, and then its phases', () => {
    expect(lines(plain, all[0])).toEqual([
      '  rotation: – → "preflight"',
      '  begun: – → "version 3 to 4, dual-secret, grace 1h"',
    ]);
    expect(lines(all[0] as Secret, all[1])).toEqual(['  rotation: "preflight" → "issue"']);
    expect(lines(all[5] as Secret, all[6])).toEqual([
      '  version: 3 → 4',
      '  rotation: "commit" → "grace"',
      '  graceUntil: – → "2026-01-01T01:00:06.000Z"',
    ]);
    expect(lines(all[8] as Secret, all[9])[0]).toBe('  rotation: "prove-refused" → "completed"');
  });

  it('never has the ids of its values', () => {
    const text = JSON.stringify([
      lines(null, plain),
      ...all.slice(1).map((after, i) => lines(all[i] as Secret, after)),
    ]);
    for (const edition of Object.values(EDITIONS)) expect(text).not.toContain(edition);
    expect(lines(null, plain)).toEqual(['  kind: – → "basic-auth"', '  version: – → 3']);
  });
});
