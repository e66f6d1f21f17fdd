import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { diskFull, diskProblem, isFullText } from '../../../src/stack/health/disk-space.js';
import { homeLayout } from '../../../src/stack/home-layout.js';
import { exitCodeOf } from '../../../src/domain/refusal.js';

const layout = homeLayout(mkdtempSync(join(tmpdir(), 'hecate-disk-')));
mkdirSync(layout.run);
mkdirSync(layout.temporal);
afterAll(() => rmSync(layout.home, { recursive: true, force: true }));

const failing = (folder: string, code: string) => (file: string) => {
  if (file.startsWith(folder)) throw Object.assign(new Error(`${code}: write`), { code });
};

describe('the disk of a home', () => {
  it('with space is no problem, and looking leaves nothing behind', () => {
    expect(diskProblem(layout)).toBeNull();
    expect(readdirSync(layout.run)).toEqual([]);
  });

  it.each(['ENOSPC', 'EDQUOT', 'EFBIG'])('that takes no more (%s) is named as full, with the folder', (code) => {
    const problem = diskProblem(layout, failing(layout.temporal, code));
    expect(problem).toMatch(new RegExp(`^the disk of ${layout.temporal} is full \\(\\d+ MB free\\)$`));
    expect(isFullText(problem!)).toBe(true);
  });

  it('that cannot be written for another reason is not called full', () => {
    expect(diskProblem(layout, failing(layout.run, 'EROFS'))).toBe(`cannot write into ${layout.run}: EROFS`);
  });

  it('that is full ends a command with 6', () => {
    expect(exitCodeOf(diskFull('the disk of /data is full').kind)).toBe(6);
  });
});
