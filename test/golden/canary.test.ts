import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { canaryHandler } from '../../src/domain/caddy/canary.js';
import { canary } from '../builders/canary.js';

/** `canary.yaml` holds cases of `name`, `percentage` and `handler`, what Caddy is told. */
const cases = parse(readFileSync(new URL('./canary.yaml', import.meta.url), 'utf8')) as {
  name: string;
  percentage: number;
  handler: unknown;
}[];

const sides = { stable: [{ handler: 'to-stable' }], canary: [{ handler: 'to-canary' }] };

it.each(cases)('splits so that the canary gets $name', ({ percentage, handler }) => {
  expect(canaryHandler(canary({ percentage }), sides)).toEqual(handler);
});
