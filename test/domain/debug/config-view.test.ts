import { expect, it } from 'vitest';
import { compile } from '../../../src/domain/caddy/document.js';
import { traceKey } from '../../../src/domain/caddy/visits/trace.js';
import { shownConfig } from '../../../src/domain/debug/config-view.js';
import { redactDifference } from '../../../src/domain/values/redaction.js';
import { servedSketch } from '../../builders/served.js';

const MARK = 'mark-of-own-visits';
const TRACE = traceKey(['1234567812345678', '8765432187654321']);
const settings = { httpPort: 80, httpsPort: 443, visitMark: MARK, trace: { secret: 'the-secret', id: 'id' } };
const routes = [servedSketch({ route: { domain: 'app.example.com', upstream: '10.0.0.1:80' } })];
const { server } = compile(routes, settings, { logId: 'log', sequence: 1, hash: 'hash' }, { trace: TRACE });

it('has nothing with which somebody could pretend to be Hecate', () => {
  const text = JSON.stringify(server);
  const coefficient = String(TRACE[0]?.[0]);
  for (const secret of [MARK, coefficient]) {
    expect(text).toContain(secret);
    expect(shownConfig(server)).not.toContain(secret);
  }
  const found = JSON.stringify(redactDifference({ path: '/routes', wanted: server, found: null }));
  for (const secret of [MARK, coefficient]) expect(found).not.toContain(secret);
});
