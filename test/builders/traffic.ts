import type { AccessEntry } from '../../src/domain/traffic/access-entry.js';

/** One request of a visitor that its upstream answered, with the given fields. */
export function accessEntry(fields: Partial<AccessEntry> = {}): AccessEntry {
  return {
    endedMs: Date.parse('2027-01-15T08:00:00Z'),
    durationMs: 5,
    status: 200,
    bytes: 100,
    method: 'GET',
    host: 'app.example.com',
    path: '/',
    clientIp: '192.0.2.1',
    upstream: '10.0.0.1:8080',
    upstreamMs: 4,
    side: null,
    refused: null,
    error: null,
    id: 'request-1',
    isOwn: false,
    ...fields,
  };
}
