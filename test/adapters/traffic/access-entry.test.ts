import { expect, it } from 'vitest';
import { parseEntry } from '../../../src/adapters/traffic/access-entry.js';

it('takes a question for the generation as one of Hecate itself', () => {
  const parsed = (host: string) => {
    const asked = { user_id: `\t\t\t\t127.0.0.1\t${host}\tGET\t/` };
    return parseEntry(JSON.stringify({ ts: 1, duration: 0.1, status: 200, ...asked }));
  };
  expect(parsed('generation.hecate.internal')?.isOwn).toBe(true);
  expect(parsed('app.example.com')).toMatchObject({ isOwn: false, host: 'app.example.com' });
});

it('reads the id of the middleware, else the one of Caddy', () => {
  const idOf = (answer: string, more: object = {}) =>
    parseEntry(
      JSON.stringify({
        ts: 1,
        duration: 0.1,
        status: 200,
        user_id: `${answer}\t127.0.0.1\ta.example\tGET\t/`,
        ...more,
      }),
    );
  expect(idOf('\t1.5\t10.0.0.1:80\ttrace-1', { uuid: 'u' })).toMatchObject({ id: 'trace-1', upstream: '10.0.0.1:80' });
  expect(idOf('\t1.5\t10.0.0.1:80\t', { uuid: 'u' })).toMatchObject({ id: 'u', upstream: '10.0.0.1:80' });
});

it('reads the description from its own field where Caddy wrote the user', () => {
  const description = '\t1.5\t10.0.0.1:80\t\t127.0.0.1\tapp.example.com\tGET\t/';
  const line = {
    msg: 'handled request',
    ts: 1,
    duration: 0.1,
    status: 200,
    user_id: 'anna',
    hecate_request: description,
  };
  expect(parseEntry(JSON.stringify(line))).toMatchObject({ host: 'app.example.com', upstream: '10.0.0.1:80' });
});

it('takes nothing else that Caddy reports for a request', () => {
  const reported = { msg: 'aborting with incomplete response', ts: 1, duration: 0.1, status: 502 };
  expect(parseEntry(JSON.stringify(reported))).toBeNull();
});

it('takes nothing of a method with tabs for the host, the client or the path of another request', () => {
  const of = (method: string, path: string) =>
    parseEntry(
      JSON.stringify({ ts: 1, duration: 1, status: 502, user_id: `\t\t\t\t10.0.0.1\tone.example\t${method}\t${path}` }),
    );
  const real = { host: 'one.example', clientIp: '10.0.0.1', isOwn: false };
  expect(of('GET\ttwo.example\t/FORGED', '/q')).toMatchObject(real);
  expect(of('GET\tgeneration.hecate.internal\t/', '/q')).toMatchObject(real);
  expect(of('GET\tx', '/q')).toMatchObject({ ...real, method: 'GET\tx', path: '/q' });
  expect(of('GET', '/a\t/b')).toMatchObject({ ...real, method: 'GET', path: '/a\t/b' });
  expect(of('GET', '')).toMatchObject({ ...real, method: 'GET', path: '' });
});

it('takes a visitor who left for gone, and an upstream that answers 499 for one that answered', () => {
  const parsed = (answer: string, more: object = {}) =>
    parseEntry(
      JSON.stringify({ ts: 1, duration: 0.5, status: 499, user_id: `${answer}\t10.0.0.9\ta.example\tGET\t/`, ...more }),
    );
  const [gone, answered] = [{ status: 0, refused: null, upstreamMs: null }, { status: 499, upstreamMs: 1.5 }];
  expect(parsed('\t\t10.0.0.1:80\t')).toMatchObject({ ...gone, upstream: '10.0.0.1:80' });
  expect(parsed('\t1.5\t10.0.0.1:80\t')).toMatchObject(answered);
  // While the outpost was asked; and after it had answered, before or after the upstream did.
  expect(parsed('sign-in\t\t10.0.0.2:9000\t')).toMatchObject({ ...gone, upstream: null });
  expect(parsed('\t2.5\t10.0.0.1:80\t', { hecate_outpost_ms: 2.5 })).toMatchObject(gone);
  expect(parsed('\t1.5\t10.0.0.1:80\t', { hecate_outpost_ms: 2.5 })).toMatchObject(answered);
  // While Caddy connected. An upstream may write the same words.
  expect(parsed('\t\t10.0.0.1:80\t', { hecate_error: 'dial tcp 10.0.0.1:80: operation was canceled' })).toMatchObject(gone);
  const words = 'net/http: HTTP/1.x transport connection broken: malformed HTTP status code "operation was canceled';
  expect(parsed('\t\t10.0.0.1:80\t', { hecate_error: words })).toMatchObject({ status: 499 });
}); // prettier-ignore
