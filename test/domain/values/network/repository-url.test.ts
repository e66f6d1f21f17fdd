import { expect, it } from 'vitest';
import { repositoryUrl } from '../../../../src/domain/values/network/repository-url.js';

it.each([
  '.hecate/',
  'https://git.example.com/x.git#main',
  'ssh://git@example.com/x.git',
  'git@example.com:x.git',
  'file:///srv/x',
  'file:///srv/what?',
  'https://git.example.com:8443/a@b.git#v1',
  'git+ssh://git@example.com/x.git',
])('takes %s', (text) => expect(repositoryUrl.safeParse(text).success).toBe(true));

it.each([
  ' https://token@example.com/x',
  'https://example.com/x.git?private_token=abc#main',
  'https://joe:p@ss@example.com/x',
  'https://joe:pw@example.com/x.git',
  'https://token@example.com/x.git',
  'ssh://git:pw@example.com/x.git',
  'https://example.com/x.git#',
  '',
])('refuses %s without repeating it', (text) => {
  const { error } = repositoryUrl.safeParse(text);
  expect(error).toBeDefined();
  if (text !== '') expect(error?.message).not.toContain('example.com');
});
