import { describe, expect, it } from 'vitest';
import { createSchedule } from '../../src/client/schedules.js';

describe('a schedule', () => {
  it.each(['', 'x/../y z', 'A', 'a'.repeat(64)])('has a name that is one: %j', async (name) => {
    const options = { component: 'all', output: 'table', every: '5m', name } as const;
    await expect(createSchedule(options)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('1 to 63') as string,
    });
  });
});
