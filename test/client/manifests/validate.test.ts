import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { validate, type ValidateOptions } from '../../../src/client/manifests/validate.js';

/** The example of the reference page, with the policy that it names. */
const page = `apiVersion: hecate.io/v1
kind: Route
metadata:
  name: app-route
spec:
  domain: app.example.com
  upstream: app-backend:3000
  authPolicy: standard-users
  tls:
    autoHTTPS: true
    forceHTTPS: true
  healthCheck:
    path: /health
    interval: 30s
`;
const policy = `apiVersion: hecate.io/v1
kind: AuthPolicy
metadata: {name: standard-users}
spec: {groups: [users]}
`;

const secret = `apiVersion: hecate.io/v1
kind: Secret
metadata: {name: team}
spec:
  kind: basic-auth
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hecate-validate-'));
  writeFileSync(join(folder, 'app.yaml'), page);
  writeFileSync(join(folder, 'policy.yaml'), policy);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

async function run(options: Partial<ValidateOptions> = {}): Promise<{ code: number; said: string }> {
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true).mockClear();
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const code = await validate({ fromGit: folder, offline: true, output: 'table', ...options });
  return { code, said: out.mock.calls.map(([text]) => String(text)).join('') };
}

describe('update validate', () => {
  it('finds nothing wrong with the example of the reference page', async () => {
    expect((await run({ strict: true })).code).toBe(0);
  });

  it('refuses a folder without manifests', async () => {
    for (const name of ['app.yaml', 'policy.yaml']) rmSync(join(folder, name));
    await expect(run()).rejects.toMatchObject({ kind: 'invalid', message: `${folder} contains no manifests` });
  });

  it('shows what is wrong with its line, and fails', async () => {
    writeFileSync(join(folder, 'app.yaml'), page.replace('upstream:', 'upstrem:'));
    const { code, said } = await run();
    expect(code).toBe(2);
    expect(said).toContain(`app.yaml:7:3: error HEC007: spec.upstrem is not a field; did you mean upstream?`);
    expect(said).toContain('      upstrem: app-backend:3000\n      ^\n');
  });

  it('fails for warnings only when it is strict, and not for ignored ones', async () => {
    writeFileSync(join(folder, 'app.yaml'), page.replace(/ {2}healthCheck:[^]*/, ''));
    expect((await run()).code).toBe(0);
    expect((await run({ strict: true })).code).toBe(2);
    expect((await run({ strict: true, ignore: ['HEC201'] })).code).toBe(0);
  });

  it.each([
    ['HEC999', 'there is no such code'],
    ['HEC010', 'errors cannot be ignored'],
    ['HEC101', 'errors cannot be ignored'],
  ])('refuses to ignore %s: %s', async (code, words) => {
    await expect(run({ ignore: [code] })).rejects.toThrow(words);
  });

  it('looks up the secrets of a route in the folder, and shows no value of one', async () => {
    writeFileSync(join(folder, 'app.yaml'), `${page}  middleware: [basic-auth:team]\n`);
    expect((await run()).said).toContain('error HEC011: there is no secret team; create it with: hecate create secret');
    writeFileSync(join(folder, 'team.yaml'), secret);
    expect((await run({ strict: true })).code).toBe(0);
    writeFileSync(join(folder, 'team.yaml'), `${secret}  password: hunter2\n`);
    for (const output of ['table', 'json', 'yaml', 'sarif'] as const) {
      const { code, said } = await run({ output });
      expect(code).toBe(2);
      expect(said).toContain('HEC013');
      expect(said).toContain('password: …');
      expect(said).not.toContain('hunter2');
    }
  });

  it('informs about a secret that no route names, which can be ignored', async () => {
    writeFileSync(join(folder, 'team.yaml'), secret);
    expect((await run()).said).toContain('team.yaml:3:18: info HEC307: no route uses team');
    expect((await run({ ignore: ['HEC307'] })).said).not.toContain('HEC307');
  });

  it('says the same as data', async () => {
    const { findings, ...totals } = JSON.parse((await run({ output: 'json' })).said) as { findings: object[] };
    expect(totals).toMatchObject({ files: 2, resources: 2, errors: 0, warnings: 0, infos: 1 });
    expect(findings).toEqual([expect.objectContaining({ code: 'HEC303', severity: 'info', line: 7, column: 13 })]);
  });
});

describe('as SARIF 2.1.0', () => {
  it('says that nothing could be checked', async () => {
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const missing = join(folder, 'nowhere');
    await expect(validate({ fromGit: missing, offline: true, output: 'sarif' })).rejects.toThrow('cannot be read');
    const log = JSON.parse(out.mock.calls.map(([text]) => String(text)).join('')) as object;
    const notification = { level: 'error', message: { text: expect.stringContaining(missing) as string } };
    expect(log).toMatchObject({
      version: '2.1.0',
      runs: [
        { results: [], invocations: [{ executionSuccessful: false, toolExecutionNotifications: [notification] }] },
      ],
    });
  });

  it('each result has a rule, a level, a message and a place', async () => {
    writeFileSync(join(folder, 'app.yaml'), page.replace('healthCheck:', 'healthChek:'));
    writeFileSync(join(folder, 'large.json'), new Uint8Array([0xff]));
    const log = JSON.parse((await run({ output: 'sarif' })).said) as Sarif;
    expect(log).toMatchObject({ version: '2.1.0', $schema: expect.stringContaining('sarif-2.1.0') as string });
    const [{ tool, results } = { tool: { driver: { name: '', rules: [] } }, results: [] }] = log.runs;
    expect(tool.driver.name).toBe('hecate');
    const rules = new Set(tool.driver.rules.map(({ id }) => id));
    expect(results.map(({ ruleId }) => ruleId)).toEqual(['HEC007', 'HEC001']);
    for (const { ruleId, level, message, locations } of results) {
      expect(rules).toContain(ruleId);
      expect(['error', 'warning', 'note']).toContain(level);
      expect(message.text).not.toBe('');
      expect(locations).toHaveLength(1);
      expect(locations[0]?.physicalLocation.artifactLocation.uri).toMatch(/(app\.yaml|large\.json)$/);
      const region = locations[0]?.physicalLocation.region;
      if (region) expect(Math.min(region.startLine, region.startColumn)).toBeGreaterThan(0);
    }
  });
});

interface Sarif {
  readonly version: string;
  readonly runs: {
    readonly tool: { readonly driver: { readonly name: string; readonly rules: { readonly id: string }[] } };
    readonly results: {
      readonly ruleId: string;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly locations: {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string };
          readonly region?: { readonly startLine: number; readonly startColumn: number };
        };
      }[];
    }[];
  }[];
}

it('says of an address that it reads folders', async () => {
  const asked = validate({ fromGit: 'https://git.example.com/site.git', offline: true, output: 'table' });
  await expect(asked).rejects.toMatchObject({
    kind: 'invalid',
    message: expect.stringContaining('a URL, not a folder') as string,
  });
});
