import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/operations/catalogue.js';

const sample: Record<string, Record<string, unknown>> = {
  'route.create': {
    domain: 'App.Example.com',
    upstream: 'http://localhost:3000',
    headers: { 'X-A': 'b' },
    healthCheckPath: '/h',
  },
  'route.update': { domain: 'app.example.com', upstream: 'https://localhost' },
  'route.delete': { domain: 'app.example.com' },
};

describe.each(catalogue.map((operation) => [operation.key, operation] as const))('%s', (key, operation) => {
  it('parses its own output to itself', () => {
    const once = operation.input.parse(sample[key]);
    expect(operation.input.parse(once)).toEqual(once);
  });

  it('describes every flag', () => {
    for (const [name, field] of Object.entries(operation.input.shape)) {
      expect((field as { description?: string }).description, name).toBeTruthy();
    }
  });

  it('has examples that start with its own path', () => {
    expect(operation.examples.length).toBeGreaterThan(0);
    for (const example of operation.examples) expect(example.startsWith(operation.path.join(' '))).toBe(true);
  });
});
