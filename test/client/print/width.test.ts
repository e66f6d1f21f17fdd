import { afterEach, describe, expect, it, vi } from 'vitest';
import { fieldLines, table } from '../../../src/client/print/output.js';
import { relativeTime } from '../../../src/client/print/relative-time.js';
import { cutTo, displayWidth, outputWidth, padTo, wrapTo } from '../../../src/client/print/width.js';

describe('the width of a text', () => {
  it.each([
    ['plain', 5],
    ['日本語', 6],
    ['e\u0301', 1],
    ['👩‍💻', 2],
    ['🇩🇪', 2],
    ['→ – …', 5],
    ['', 0],
  ])('%j is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
    expect(displayWidth(padTo(text, 10))).toBe(10);
  });

  it('is cut between characters', () => {
    expect(cutTo('日本語', 6)).toBe('日本語');
    expect(cutTo('日本語', 5)).toBe('日本…');
    expect(cutTo('日本語', 4)).toBe('日…');
    expect(cutTo('app.example.com', 8)).toBe('app.exa…');
  });

  it('is kept by breaks between words', () => {
    expect(wrapTo('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapTo('a-very-long-word b', 4)).toEqual(['a-very-long-word', 'b']);
  });
});

describe('a table', () => {
  const row = ['app.example.com', 'x'.repeat(90), '日本'.repeat(30), 'ada'];

  it('is never wider than it may be, and cuts its first column last', () => {
    const drawn = table(['DOMAIN', 'UPSTREAM', 'TEXT', 'BY'], [row], { width: 60 });
    for (const line of drawn.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(60);
    expect(drawn).toContain('app.example.com  xxx');
    expect(drawn).toContain('…');
    expect(table(['DOMAIN', 'UPSTREAM'], [row], { width: 20 }).split('\n').map(displayWidth)).toEqual([20, 20]); // prettier-ignore
  });

  it('keeps each row on one line', () => {
    const isWhole = table(['A', 'LONG', 'STATE'], [['a', 'b'.repeat(60), 'c'.repeat(12)]], {
      width: 30,
      whole: ['STATE'],
    });
    expect(isWhole.split('\n')[1]).toMatch(/… +c{12}$/);
    expect(table(['A'], [['one\ntwo']]).split('\n')).toEqual(['A', 'one two']);
  });
});

describe('fields', () => {
  it('leave out what is not there, and go on below', () => {
    expect(fieldLines([['Name', 'a'], ['Nothing', null], ['None', []], ['Servers', ['x:1', 'y:1']]], 40)).toBe(
      'Name:     a\nServers:  x:1\n          y:1',
    ); // prettier-ignore
  });
});

describe('a time', () => {
  it.each([
    ['2026-01-01T00:00:00.400Z', 'just now'],
    ['2025-12-31T23:59:18.000Z', '42 s ago'],
    ['2025-12-31T23:57:00.000Z', '3 min ago'],
    ['2025-12-31T19:00:00.000Z', '5 h ago'],
    ['2025-12-28T00:00:00.000Z', '4 days ago'],
    ['2025-06-01T10:00:00.000Z', '2025-06-01'],
    ['2026-01-01T00:57:10.000Z', 'in 57 min'],
  ])('%s is %s', (at, text) => {
    expect(relativeTime(at, '2026-01-01T00:00:00.000Z')).toBe(text);
  });
});

describe('the width of the output', () => {
  afterEach(() => void vi.unstubAllEnvs());

  it('has no limit in a pipe, so that a list is not cut', () => {
    vi.stubEnv('COLUMNS', undefined);
    const long = 'a '.repeat(300).trim();
    expect(outputWidth()).toBe(Infinity);
    expect(table(['DOMAIN', 'UPSTREAM'], [[long, long]])).toBe(`DOMAIN${' '.repeat(595)}UPSTREAM\n${long}  ${long}`);
    expect(fieldLines([['Label', long]])).toBe(`Label:  ${long}`);
  });

  it('is that of COLUMNS, also in a pipe', () => {
    vi.stubEnv('COLUMNS', '20');
    expect(outputWidth()).toBe(20);
    expect(table(['DOMAIN'], [['a'.repeat(30)]])).toBe(`DOMAIN\n${'a'.repeat(19)}…`);
  });
});
