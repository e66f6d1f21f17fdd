import { expect, it } from 'vitest';
import { z } from 'zod';
import { wordsOf } from '../../../src/client/input/flag-words.js';

it.each([
  [z.int().min(1), 0, 'give a whole number of at least 1'],
  [z.int().min(1).optional(), 'many', 'give a whole number of at least 1'],
  [z.number().max(5), 6, 'give a number of at most 5'],
  [z.int().min(1).max(9), 10, 'give a whole number from 1 to 9'],
  [z.int(), 'many', 'give a whole number'],
  [z.enum(['a', 'b']), 'c', 'give a or b'],
])('says which values a flag takes', (schema, value, words) => {
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  expect(issue && wordsOf(issue, schema)).toBe(words);
});
