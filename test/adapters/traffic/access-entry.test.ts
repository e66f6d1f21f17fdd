import { expect, it } from 'vitest';
import { parseEntry } from '../../../src/adapters/traffic/access-entry.js';

it('takes a question for the generation as one of Hecate itself', () => {
  const parsed = (host: string) => {
    const asked = { hecate_request: `127.0.0.1\tGET\t${host}\t/`, hecate_answer: '\t\t' };
    return parseEntry(JSON.stringify({ ts: 1, duration: 0.1, status: 200, ...asked }));
  };
  expect(parsed('generation.hecate.internal')?.isOwn).toBe(true);
  expect(parsed('app.example.com')).toMatchObject({ isOwn: false, host: 'app.example.com' });
});

it('reads the id of the middleware, else the one of Caddy, also in lines without a place for it', () => {
  const idOf = (hecate_answer: string, more: object = {}) =>
    parseEntry(JSON.stringify({ ts: 1, duration: 0.1, status: 200, hecate_answer, ...more }));
  expect(idOf('\t1.5\t10.0.0.1:80\ttrace-1', { uuid: 'u' })).toMatchObject({ id: 'trace-1', upstream: '10.0.0.1:80' });
  expect(idOf('\t1.5\t10.0.0.1:80\t', { uuid: 'u' })).toMatchObject({ id: 'u', upstream: '10.0.0.1:80' });
  expect(idOf('\t1.5\t10.0.0.1:80')).toMatchObject({ id: '', upstream: '10.0.0.1:80' });
});
