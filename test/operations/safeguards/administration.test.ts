import { describe, expect, it } from 'vitest';
import { startCanary } from '../../../src/operations/canaries/start-canary.js';
import { createRoute } from '../../../src/operations/routes/create-route.js';
import { updateRoute } from '../../../src/operations/routes/update-route.js';
import { createUpstream } from '../../../src/operations/upstreams/create-upstream.js';
import { quiet } from '../../builders/answers.js';
import { guarded } from '../../builders/guarded.js';
import { route, stateWith } from '../../builders/log.js';

const admin = 'unix//run/caddy/admin.sock';
const answers = { ...quiet, isAdminEndpoint: (dial: string) => dial === admin };
const domain = 'app.example.com';
const held = stateWith(route(domain));

describe('the admin endpoint of a proxy', () => {
  it.each([
    ['create route', createRoute, { domain: 'new.example.com', upstream: admin }],
    ['update route', updateRoute, { domain, upstream: admin }],
    ['a backup', updateRoute, { domain, backupUpstream: admin }],
    ['create upstream', createUpstream, { name: 'pool', servers: ['10.0.0.1:80', admin] }],
    ['a canary', startCanary, { domain, canaryUpstream: admin, canaryPercentage: 10 }],
  ])('is no upstream for %s, unless it can be forced', (_name, operation, input) => {
    expect(guarded(operation, held, input, answers)).toMatchObject({
      refusal: {
        kind: 'invalid',
        code: 'upstream-is-admin-endpoint',
        message: `${admin} is the admin endpoint of a Caddy; every visitor could replace its configuration`,
      },
    });
    if ('force' in operation.input.shape)
      expect(guarded(operation, held, { ...input, force: true }, answers)).toMatchObject({ kind: 'change' });
  });
});
