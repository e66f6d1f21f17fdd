import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { createAccessLog, readSince } from '../../../src/adapters/traffic/read-access-log.js';
import { findRequests } from '../../../src/adapters/traffic/find-requests.js';
import { recentRequests } from '../../../src/adapters/traffic/recent-requests.js';
import type { LogCursor, RequestSearch } from '../../../src/ports/access-log.js';
import { accessLogIn, logLine } from '../../builders/access-log.js';

function newLog() {
  const folder = mkdtempSync(join(tmpdir(), 'hecate-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const log = accessLogIn(folder);
  return { ...log, reader: createAccessLog('caddy', 'caddy at test', log.file) };
}

/** Reads at most `most` lines from a cursor, as a reader does that is killed then. */
async function read(log: ReturnType<typeof newLog>, from: LogCursor | null, most = Infinity) {
  const lines: string[] = [];
  let cursor = from;
  for await (const chunk of log.reader.readOn(cursor)) {
    const taken = Math.min(chunk.lines.length, most - lines.length);
    lines.push(...chunk.lines.slice(0, taken));
    // What is stored is plain data.
    cursor = JSON.parse(JSON.stringify(chunk.cursorAt(taken))) as LogCursor;
    if (lines.length >= most) break;
  }
  return { lines, cursor };
}

const steps = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), lines: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), most: fc.integer({ min: 1, max: 6 }) }) },
  fc.record({ do: fc.constant('write half a line' as const) }),
  fc.record({ do: fc.constant('rotate' as const) }),
  fc.record({ do: fc.constant('compress' as const) }),
  fc.record({ do: fc.constant('remove what was compressed' as const) }),
);

it('reads each line once and in order, over rotation and compression at any moment', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 30 }), async (list) => {
      const log = newLog();
      let [count, cursor, rotations, half] = [0, null as LogCursor | null, 0, ''];
      const seen: string[] = [];
      const written: string[] = [];
      const readOn = async (most?: number) => {
        const found = await read(log, cursor, most);
        seen.push(...found.lines);
        cursor = found.cursor;
      };
      for (const step of list) {
        if (step.do === 'append') {
          for (let i = 0; i < step.lines; i++) {
            const line = `{"line":${++count}}`;
            log.append(`${line}\n`);
            written.push(half + line);
            half = '';
          }
        }
        if (step.do === 'read') await readOn(step.most);
        if (step.do === 'write half a line') {
          log.append('{"li');
          half += '{"li';
        }
        if (step.do === 'rotate') {
          // Caddy only rotates between two lines.
          if (half !== '') written.push(`${half}end`);
          if (half !== '') log.append('end\n');
          half = '';
          rotations = log.rotate();
        }
        if (step.do === 'compress') log.beginCompression(rotations);
        if (step.do === 'remove what was compressed') log.endCompression(rotations);
      }
      await readOn();
      expect(seen).toEqual(written);
    }),
    { numRuns: 150 },
  );
}, 60_000);

/** `zstd` of the lines `one` to `three`. */
const ZSTD = 'KLUv/QRYcQAAb25lCnR3bwp0aHJlZQqkWIk0';

it('reads on in a file that was compressed with zstd meanwhile', async () => {
  const log = newLog();
  log.append('one\ntwo\nthree\n');
  const { cursor } = await read(log, null, 1);
  log.replace(log.rotate(), '.zst', Buffer.from(ZSTD, 'base64'));
  log.append('four\n');
  expect((await read(log, cursor)).lines).toEqual(['two', 'three', 'four']);
});

it('ignores a compressed file that is not complete while the plain one exists', async () => {
  const log = newLog();
  log.append('one\n');
  log.beginCompression(log.rotate(), Buffer.from('not yet'));
  expect((await read(log, null)).lines).toEqual(['one']);
});

it('goes on with the next file where a compressed one is damaged', async () => {
  const log = newLog();
  for (const extension of ['.gz', '.zst'] as const) {
    log.append('lost\n');
    log.replace(log.rotate(), extension, Buffer.from('damaged by a disk'));
  }
  log.append('one\n');
  expect((await read(log, null)).lines).toEqual(['one']);
});

it('goes on with what is left when the file it was in is gone, and reads nothing twice', async () => {
  const log = newLog();
  log.append('one\ntwo\n');
  const first = log.rotate();
  log.append('three\nfour\n');
  const { cursor } = await read(log, null, 3);
  const second = log.rotate();
  log.append('five\n');
  log.remove(first);
  log.remove(second);
  expect((await read(log, cursor)).lines).toEqual(['five']);
});

it('reads a file from its start that replaced another one', async () => {
  const log = newLog();
  log.append('one\ntwo\n');
  const { cursor } = await read(log, null);
  rmSync(log.file);
  log.append('three\n');
  expect((await read(log, cursor)).lines).toEqual(['three']);
});

it('finds nothing where Caddy has written nothing yet', async () => {
  expect(await read(newLog(), null)).toEqual({ lines: [], cursor: null });
});

const NOW = Date.now();
const ago = (seconds: number) => NOW - seconds * 1000;

it('begins near the requests of a time, in a large file too', async () => {
  const log = newLog();
  const lines = Array.from({ length: 5_000 }, (_, index) =>
    logLine({ endedMs: ago(5_000 - index), path: `/${index}` }),
  );
  log.append(lines.map((line) => `${line}\n`).join(''));
  const found: string[] = [];
  for await (const chunk of readSince('caddy', log.file, ago(60))) found.push(...chunk.lines);
  expect(found.length).toBeLessThan(500);
  expect(found.slice(-60)).toEqual(lines.slice(-60));
});

it('counts recent requests by exact name and by wildcard, and none of Hecate’s own', async () => {
  const log = newLog();
  const hosts = ['a.example.com', 'a.example.com', 'b.example.com', 'x.a.example.com'];
  log.append(`${logLine({ host: 'a.example.com', endedMs: ago(100) })}\n`);
  for (const host of hosts) log.append(`${logLine({ host, endedMs: ago(5) })}\n`);
  log.append(`${logLine({ host: 'a.example.com', endedMs: ago(5), isOwn: true })}\n`);
  const counts = await recentRequests('caddy', log.file, ['a.example.com', '*.example.com', 'c.test'], 60);
  expect([...counts.values()]).toEqual([2, 3, 0]);
});

it('says which proxy has no readable access log', async () => {
  const failure = { kind: 'unavailable', message: expect.stringContaining('caddy-2') as string };
  await expect(recentRequests('caddy-2', null, [], 60)).rejects.toMatchObject(failure);
  await expect(recentRequests('caddy-2', newLog().file, [], 60)).rejects.toMatchObject(failure);
});

it('finds the newest requests, and those after them at the next question', async () => {
  const log = newLog();
  const add = (fields: Parameters<typeof logLine>[0]) => log.append(`${logLine({ endedMs: ago(10), ...fields })}\n`);
  const isOf = (host: string) => host === 'a.example.com';
  const search = { isOf, sinceMs: ago(60), statuses: [], limit: 2, takes: 'newest' as 'newest' | 'oldest' };
  for (const path of ['/1', '/2', '/3']) add({ host: 'a.example.com', path });
  add({ host: 'b.example.com' });
  add({ host: 'a.example.com', path: '/own', isOwn: true });
  const first = await findRequests('caddy', log.file, { ...search, denied: false, after: null });
  expect(first.entries.map(({ path }) => path)).toEqual(['/2', '/3']);
  expect(first.left).toBe(1);
  log.rotate();
  add({ host: 'a.example.com', path: '/4', status: 502 });
  add({ host: 'a.example.com', path: '/5', status: 403, refused: 'ip' });
  const next = await findRequests('caddy', log.file, { ...search, denied: false, after: first.cursor });
  expect(next.entries.map(({ path }) => path)).toEqual(['/4', '/5']);
  const paged: string[] = [];
  for (let after: LogCursor | null = null, hasMore = true; hasMore;) {
    const page = await findRequests('caddy', log.file, { ...search, denied: false, takes: 'oldest', after });
    paged.push(...page.entries.map(({ path }) => path));
    expect(page.left).toBe(0);
    ({ cursor: after, hasMore } = page);
  }
  expect(paged).toEqual(['/1', '/2', '/3', '/4', '/5']);
  const only = async (fields: Partial<RequestSearch>) =>
    (await findRequests('caddy', log.file, { ...search, denied: false, after: null, ...fields })).entries.map(({ path }) => path); // prettier-ignore
  expect(await only({ statuses: ['5xx'] })).toEqual(['/4']);
  expect(await only({ statuses: ['403'] })).toEqual(['/5']);
  expect(await only({ statuses: ['404', '502'] })).toEqual(['/4']);
  expect(await only({ statuses: ['404', '5xx', '403'] })).toEqual(['/4', '/5']);
  add({ host: 'a.example.com', path: '/6', status: 0 });
  expect(await only({ statuses: ['0'] })).toEqual(['/6']);
  expect(await only({ denied: true })).toEqual(['/5']);
});
