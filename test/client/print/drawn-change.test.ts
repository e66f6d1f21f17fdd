import { describe, expect, it } from 'vitest';
import { changeOf } from '../../../src/domain/log/commit.js';
import { plainRoute } from '../../../src/domain/resources/route.js';
import { drawnChange } from '../../../src/client/print/drawn-change.js';

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
});
