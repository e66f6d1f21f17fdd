import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { printPaged } from '../../../src/client/print/pager.js';

afterEach(() => vi.restoreAllMocks());

describe('the pager', () => {
  it('gets the whole text', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hecate-pager-'));
    const file = join(folder, 'seen');
    await printPaged('first\nsecond', `tee ${file}`);
    expect(readFileSync(file, 'utf8')).toBe('first\nsecond\n');
    rmSync(folder, { recursive: true });
  });

  it('may end before it has read everything', async () => {
    await printPaged('x'.repeat(1_000_000), 'true');
  });

  it('is not needed: without it the text is printed', async () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    await printPaged('text', 'no-such-pager-anywhere --flag');
    expect(write.mock.calls).toEqual([['text\n']]);
  });
});
