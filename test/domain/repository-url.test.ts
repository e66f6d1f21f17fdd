import { expect, it } from 'vitest';
import { repositoryUrl } from '../../src/domain/repository-url.js';

it.each([
  '.hecate/',
  'https://git.example.com/x.git#main',
  'ssh://git@example.com/x.git',
  'git@example.com:x.git',
  'file:///srv/x',
])('takes %s', (text) => expect(repositoryUrl.safeParse(text).success).toBe(true));

it.each(['https://joe:pw@example.com/x.git', 'https://token@example.com/x.git', 'ssh://git:pw@example.com/x.git', ''])(
  'refuses %s without repeating it',
  (text) => {
    const { error } = repositoryUrl.safeParse(text);
    expect(error).toBeDefined();
    if (text !== '') expect(error?.message).not.toContain('example.com');
  },
);
