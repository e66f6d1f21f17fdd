import { expect, it } from 'vitest';
import { isVisitorsFault } from '../../../src/domain/traffic/visitor-fault.js';

const PEER = '192.0.2.7:40000';
const [TO_SERVER, FROM_VISITOR] = ['tcp 10.0.0.9:50000->10.0.0.1:8080', `tcp 10.0.0.9:443->${PEER}`];
const failed = (error: string, body: Parameters<typeof isVisitorsFault>[0]['body'] = 'incomplete') =>
  isVisitorsFault({ error, peer: PEER, body });

it.each([
  'invalid byte in chunk length',
  'http chunk length too large',
  'chunked encoding contains too much non-data',
  'malformed MIME header: missing colon: "no colon"',
  'net/http: invalid method "P\\tX"',
  'request declared a Content-Length of 100 but only wrote 3 bytes',
  'unexpected EOF',
  `readfrom ${TO_SERVER}: unexpected EOF`,
  `readfrom ${TO_SERVER}: invalid byte in chunk length`,
  `readfrom ${TO_SERVER}: read ${FROM_VISITOR}: read: connection reset by peer`,
  `read ${FROM_VISITOR}: read: connection reset by peer`,
  `read ${FROM_VISITOR}: i/o timeout`,
  'client disconnected',
  'stream error: stream ID 3; CANCEL',
  'http: invalid Read on closed Body',
  'H3_REQUEST_CANCELLED',
])('blames the visitor for %s', (error) => {
  expect(failed(error)).toBe(true);
});

it.each([
  'EOF',
  'http: server closed idle connection',
  'net/http: HTTP/1.x transport connection broken: unexpected EOF',
  'net/http: HTTP/1.x transport connection broken: malformed MIME header: missing colon: "unexpected EOF"',
  'net/http: HTTP/1.x transport connection broken: malformed HTTP status code "invalid byte in chunk length"',
  'net/http: timeout awaiting response headers',
  `read ${TO_SERVER}: read: connection reset by peer`,
  `write ${TO_SERVER}: write: broken pipe`,
  `readfrom ${TO_SERVER}: write ${TO_SERVER}: write: connection reset by peer`,
  `readfrom ${TO_SERVER}: write ${TO_SERVER}: use of closed network connection`,
  'stream error: stream ID 35; CANCEL; received from peer',
  'dial tcp 10.0.0.1:8080: connect: connection refused',
  'remote error: tls: internal error',
])('blames the upstream for %s', (error) => {
  expect(failed(error)).toBe(false);
});

it('blames the upstream for an end that came after the whole request', () => {
  for (const error of ['unexpected EOF', 'http: invalid Read on closed Body']) {
    expect([failed(error, 'complete'), failed(error, 'none')]).toEqual([false, false]);
  }
  expect(failed(`readfrom ${TO_SERVER}: unexpected EOF`, 'complete')).toBe(true);
});

it('reads lines of older versions, which note neither the peer nor the body', () => {
  const old = (error: string) => isVisitorsFault({ error, peer: null, body: 'unknown' });
  expect(old('unexpected EOF')).toBe(true);
  expect(old(`read ${FROM_VISITOR}: read: connection reset by peer`)).toBe(false);
});
