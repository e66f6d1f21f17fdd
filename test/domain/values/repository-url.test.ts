import { expect, it } from 'vitest';
import { masked, repositoryUrl, withoutCredentials } from '../../../src/domain/values/repository-url.js';

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

it.each([
  ['https://user:p@ssw0rd@git.example.com/x', 'https://git.example.com/x', 'https://***@git.example.com/x'],
  ['https://example.com/x?private_token=abc#main', 'https://example.com/x#main', 'https://example.com/x?***#main'],
  ["fatal: 'https://a:b@c@h/x?t=1/': no", "fatal: 'https://h/x': no", "fatal: 'https://***@h/x?***': no"],
  ['git@github.com:a/b.git', 'git@github.com:a/b.git', 'git@github.com:a/b.git'],
  ['https://git.example.com/a@b', 'https://git.example.com/a@b', 'https://git.example.com/a@b'],
  ['file:///srv/what?', 'file:///srv/what?', 'file:///srv/what?'],
])('shows %s without what is secret in it', (url, bare, shown) => {
  expect(withoutCredentials(url)).toBe(bare);
  expect(masked(url)).toBe(shown);
});
