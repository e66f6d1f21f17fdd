import { expect, it } from 'vitest';
import { objectOfPath } from '../../../../src/adapters/authentik/client/object-paths.js';

it.each([
  ['/groups/staff', 'group staff', '/groups/staff'],
  ['/applications/shop/name', 'application shop', '/applications/shop'],
  ['/providers/shop/application', 'provider shop', '/providers/shop'],
  ['/applications/shop/bindings/group a~1b', 'binding of application shop to group a/b', '/applications/shop'],
  ['/applications/shop/bindings/group a/order', 'binding of application shop to group a', '/applications/shop'],
  ['/flows/mfa/bindings/user bob', 'binding of flow mfa to user bob', '/flows/mfa'],
  ['/flows/mfa/stages/code (order 1)', 'stage code (order 1) in flow mfa', '/flows/mfa'],
  ['/flows/mfa/stages/code/bindings/policy p', 'binding of stage code in flow mfa to policy p', '/flows/mfa'],
  [
    '/outposts/Embedded Outpost/providers/shop',
    'provider shop on outpost Embedded Outpost',
    '/outposts/Embedded Outpost',
  ],
])('names what a path leads to: %s → %s', (path, name, whole) => {
  expect(objectOfPath(path)).toEqual({ path: whole, name });
});
