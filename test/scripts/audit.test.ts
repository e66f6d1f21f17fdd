import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'hecate-audit-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Judges an answer of `npm audit --json`. */
function audit(answer: unknown, accepted: Readonly<Record<string, string>> = {}) {
  const [report, file] = [join(folder, 'report.json'), join(folder, 'accepted.json')];
  writeFileSync(report, typeof answer === 'string' ? answer : JSON.stringify(answer));
  writeFileSync(file, JSON.stringify(accepted));
  const args = ['scripts/audit.mjs', '--report', report, '--accepted', file];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stdout };
}

const vulnerable = (severity: string) => ({
  vulnerabilities: {
    one: { via: [{ name: 'one', title: 'Reads a file', severity, url: 'https://github.com/advisories/GHSA-1' }] },
    two: { via: ['one'] },
  },
});

describe('the audit of the packages', () => {
  it.each(['high', 'critical'])('fails on a vulnerability of level %s', (severity) => {
    expect(audit(vulnerable(severity))).toMatchObject({
      status: 1,
      stdout: expect.stringContaining(`one: ${severity}: Reads a file (GHSA-1)`) as string,
    });
  });

  it.each([vulnerable('moderate'), { vulnerabilities: {} }])('passes without one', (answer) => {
    expect(audit(answer)).toEqual({ status: 0, stdout: '' });
  });

  it('passes with one that is accepted with a reason, and shows it', () => {
    const stdout = 'audit: GHSA-1 is accepted: Hecate opens no file with it\n';
    expect(audit(vulnerable('high'), { 'GHSA-1': 'Hecate opens no file with it' })).toEqual({ status: 0, stdout });
    expect(audit(vulnerable('high'), { 'GHSA-1': ' ' }).status).toBe(1);
  });

  it.each(['', 'Bad gateway', { message: '405 Method Not Allowed', statusCode: 405 }])(
    'is skipped, and says so, without an answer: %j',
    (answer) => {
      expect(audit(answer)).toMatchObject({ status: 75, stdout: expect.stringContaining('SKIPPED audit') as string });
    },
  );
});
