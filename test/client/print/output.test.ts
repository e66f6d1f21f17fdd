import { afterEach, describe, expect, it, vi } from 'vitest';
import { print, table, type OutputFormat } from '../../../src/client/print/output.js';
import { difference, headline } from '../../../src/client/print/drawn-change.js';
import { withoutHecate } from '../../../src/client/commands/eos-argv.js';
import type { Change } from '../../../src/domain/log/commit.js';
import { plainRoute } from '../../../src/domain/resources/route.js';
import { healthCheck } from '../../builders/health-check.js';

const route = { ...plainRoute('a.example.com', 'b:1'), headers: { A: '1' } };
const changed: Change = {
  kind: 'Route',
  name: 'a.example.com',
  version: 1,
  before: route,
  after: { ...route, upstream: 'b:2', headers: {}, healthCheck: healthCheck({ path: '/h' }) },
};

afterEach(() => vi.restoreAllMocks());

async function printed(format: OutputFormat): Promise<string> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await print(format, [{ domain: 'a.example.com' }], () => 'drawn');
  return String(write.mock.calls[0]?.[0]);
}

describe('output', () => {
  it('is json, yaml or what a person reads', async () => {
    expect(JSON.parse(await printed('json'))).toEqual([{ domain: 'a.example.com' }]);
    vi.restoreAllMocks();
    expect(await printed('yaml')).toBe('- domain: a.example.com\n');
    vi.restoreAllMocks();
    expect(await printed('table')).toBe('drawn\n');
  });

  it('draws tables without borders or trailing space', () => {
    expect(table(['NAME', 'N'], [['long-name', '1'], ['b', '22']])).toBe('NAME       N\nlong-name  1\nb          22'); // prettier-ignore
  });
});

describe('a difference', () => {
  it('names what changed, field by field, and nothing else', () => {
    expect(difference(changed)).toEqual([
      'upstream: "b:1" → "b:2"',
      'headers.A: "1" → –',
      'healthCheck.path: – → "/h"',
      'healthCheck.interval: – → "30s"',
      'healthCheck.timeout: – → "5s"',
      'healthCheck.failureThreshold: – → 3',
      'healthCheck.successThreshold: – → 2',
    ]);
    expect(difference({ before: route, after: route })).toEqual([]);
  });

  it('shortens what is long, and tells two long values apart', () => {
    const long = (end: string) => ({ ...route, headers: { A: `${'x'.repeat(300)}${end}` } });
    const [line, ...more] = difference({ before: long('1'), after: long('2') });
    expect(more).toEqual([]);
    expect(line).toContain('(303 characters)');
    expect(line?.length).toBeLessThan(300);
  });

  it('says what happens to what', () => {
    expect(headline(changed)).toBe('change Route a.example.com');
    expect(headline({ ...changed, before: null })).toBe('create Route a.example.com');
    expect(headline({ ...changed, after: null })).toBe('delete Route a.example.com');
  });
});

describe('eos', () => {
  it('leaves out the word hecate after the verb, never a value', () => {
    expect(withoutHecate(['create', 'hecate', 'route', '--reason', 'hecate'])).toEqual(['create', 'route', '--reason', 'hecate']); // prettier-ignore
    expect(withoutHecate(['create', 'route', '--reason', 'hecate'])).toContain('hecate');
    for (const line of ['-o json hecate list routes', '-o json list hecate routes', 'hecate -o json list routes']) {
      expect(withoutHecate(line.split(' ')), line).toEqual(['-o', 'json', 'list', 'routes']);
    }
    expect(withoutHecate(['list', '-o', 'json', 'hecate', 'routes'])).toEqual(['list', '-o', 'json', 'routes']);
    expect(withoutHecate(['-o', 'hecate', 'list', 'routes'])).toContain('hecate');
  });
});
