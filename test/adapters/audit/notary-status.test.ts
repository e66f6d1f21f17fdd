import { mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { notaryFiles } from '../../../src/adapters/audit/notary-record.js';
import { notaryFact, type NotaryStatus } from '../../../src/adapters/audit/notary-status.js';
import { writeJson } from '../../../src/adapters/files/private-files.js';

describe('how the notary of a home is', () => {
  let folder = '';
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'hecate-notary-')), 'notary');
    mkdirSync(folder, { mode: 0o700 });
  });
  afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

  const at = '2026-11-29T12:00:00.000Z';
  const witness = { place: 's3://locked/', size: null, note: null, at: null, problem: null, warning: null };
  const writes = (status: Partial<NotaryStatus>) => {
    const nothing = { problem: null, kind: null, since: null, hint: null, checkpoint: null, witnesses: [] };
    writeJson(notaryFiles(folder).status, { at, ...nothing, ...status });
  };

  it('is not known where none ever ran', () => {
    expect(notaryFact(folder)).toBeNull();
  });

  it('is well from its start on, also before its first checkpoint', () => {
    writes({});
    expect(notaryFact(folder)).toEqual({ problem: null, witnesses: [] });
  });

  it('is told with the way out when the log is not the one that it signed', () => {
    writes({ problem: 'the log ends with message 47', kind: 'lost', since: at, hint: 'See: hecate audit verify' });
    expect(notaryFact(folder, Date.parse(at))).toMatchObject({
      problem: 'the log ends with message 47; See: hecate audit verify',
    });
  });

  it('is well for a while without NATS, and not for longer', () => {
    writes({ problem: 'NATS does not answer', kind: 'unavailable', since: at });
    expect(notaryFact(folder, Date.parse(at) + 60_000)?.problem).toBeNull();
    expect(notaryFact(folder, Date.parse(at) + 600_000)?.problem).toBe('NATS does not answer');
  });

  it('names the witnesses that lack the newest checkpoint', () => {
    writes({ witnesses: [witness, { ...witness, place: 'https://witness', problem: 'it answered 503' }] });
    expect(notaryFact(folder)?.witnesses).toEqual([
      { name: 'https://witness', detail: 'did not take the newest checkpoint: it answered 503' },
    ]);
  });

  it('is told when it gives no sign of life', () => {
    writes({});
    const longAgo = new Date(Date.now() - 120_000);
    utimesSync(notaryFiles(folder).status, longAgo, longAgo);
    expect(notaryFact(folder)?.problem).toMatch(/^shows no sign of life for 1[12]\d s/);
  });
});
