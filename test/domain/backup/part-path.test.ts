import { describe, expect, it } from 'vitest';
import { partPathProblem } from '../../../src/domain/backup/part-path.js';

describe('the path of a part', () => {
  it.each(['a', 'state/routes/_.example.com.yaml', 'caddy/x/..hidden/y', 'a/.../b', 'ünï/✓', 'a b'])(
    'may be %j',
    (path) => {
      expect(partPathProblem(path)).toBeNull();
    },
  );

  it.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    './a',
    'a/.',
    '..',
    '../a',
    'a/../b',
    'a/..',
    'a\\b',
    'a\u0000',
    'a\n',
    'a\u202eb',
    'a'.repeat(513),
  ])('may not be %j', (path) => {
    expect(partPathProblem(path)).not.toBeNull();
  });
});
