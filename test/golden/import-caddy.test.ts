import { expect, it } from 'vitest';
import { manifestTexts } from '../../src/adapters/manifests/index.js';
import { importCaddy } from '../../src/domain/import-caddy/import.js';
import { importCases } from '../builders/import-cases.js';

it.each(importCases)('$name', ({ config, manifests, left, foreign }) => {
  const imported = importCaddy(config);
  expect(manifestTexts(imported.resources)).toBe(manifests);
  expect(imported.left).toEqual(left);
  expect(imported.foreign.map(({ path, reason }) => `${path}: ${reason}`)).toEqual(foreign);
});
