import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createTokenSource } from '../../../../src/adapters/authentik/credentials/token-source.js';

const folder = mkdtempSync(join(tmpdir(), 'hecate-tokens-'));
const file = join(folder, 'token');
beforeEach(() => writeFileSync(file, 'first\n'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the source of the API token', () => {
  it('gives the token that the file holds at each call', () => {
    const source = createTokenSource(file);
    expect(source.begin().token).toBe('first');
    writeFileSync(file, 'second\n');
    expect(source.begin().token).toBe('second');
  });

  it('says since when calls with a token are accepted, and forgets old ones', () => {
    const source = createTokenSource(file);
    source.begin().end(false);
    expect(source.acceptedSince('first')).toBeNull();
    source.begin().end(true);
    const since = source.acceptedSince('first');
    expect(Date.parse(since!)).toBeGreaterThan(Date.now() - 10_000);
    source.begin().end(true);
    expect(source.acceptedSince('first')).toBe(since);
    for (let number = 0; number < 8; number++) {
      writeFileSync(file, `later ${number}`);
      source.begin().end(true);
    }
    expect(source.acceptedSince('first')).toBeNull();
    expect(source.acceptedSince('later 7')).not.toBeNull();
  });

  it('waits for the calls that carry a token', async () => {
    const source = createTokenSource(file);
    const uses = [source.begin(), source.begin()];
    writeFileSync(file, 'second');
    source.begin();
    uses[0]!.end(true);
    expect(await source.isUnused('first', 30)).toBe(false);
    const waiting = source.isUnused('first', 10_000);
    uses[1]!.end(false);
    expect(await waiting).toBe(true);
    expect(await source.isUnused('unknown', 0)).toBe(true);
  });

  it.each([
    ['does not exist', () => rmSync(file)],
    [`${file} is empty`, () => writeFileSync(file, ' \n')],
    [`${file} cannot be read: it is larger than 4096 bytes`, () => writeFileSync(file, 'x'.repeat(5_000))],
  ])('is refused when the file %s', (words, spoil) => {
    spoil();
    expect(() => createTokenSource(file).begin()).toThrow(
      expect.objectContaining({ kind: 'denied', message: `the file with authentik's API token ${words}` }) as Error,
    );
  });
});
