import { describe, expect, it } from 'vitest';
import { gitFailure } from '../../../src/adapters/git/git-failure.js';

const failed = (stderr: string, url = 'https://git.example.com/x.git') =>
  gitFailure({ stderr, message: '', code: 128, isLate: false }, url, 30_000);
const RIGHTS =
  'fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n';

describe('what git says', () => {
  it.each([
    [
      "fatal: unable to access 'http://127.0.0.1:4030/x.git/': Failed to connect to 127.0.0.1 port 4030: Connection refused",
      'unavailable',
      'Connection refused',
    ],
    ["fatal: unable to access 'https://h/x/': The requested URL returned error: 403", 'denied', 'credentials'],
    [`git@github.com: Permission denied (publickey).\n${RIGHTS}`, 'denied', 'credentials'],
    [`ssh: connect to host h port 22: Connection refused\n${RIGHTS}`, 'unavailable', 'port 22: Connection refused'],
    [`Host key verification failed.\n${RIGHTS}`, 'unavailable', 'read: Host key verification failed.'],
    [`ERROR: Repository not found.\n${RIGHTS}`, 'missing', 'no Git repository'],
    [`error: cannot run ssh: No such file or directory\nfatal: unable to fork`, 'unavailable', 'ssh is not installed'],
    ["fatal: transport 'ext' not allowed", 'invalid', "transport 'ext' not allowed"],
    ["fatal: strange hostname '-oProxyCommand=x' blocked", 'invalid', 'strange hostname'],
    ["git: 'remote-foo' is not a git command. See 'git --help'.", 'invalid', 'remote-foo'],
  ])('%j is %s', (stderr, kind, words) => {
    expect(failed(stderr)).toMatchObject({ kind, message: expect.stringContaining(words) as string });
  });

  it('is not waited for twice, and names the host', () => {
    const late = gitFailure(
      { stderr: '', message: '', isLate: true },
      'https://u:p@git.example.com:8443/x.git',
      30_000,
    );
    expect(late).toMatchObject({ kind: 'unavailable', details: { hasWaited: true } });
    expect(late.message).toBe('git at git.example.com:8443 did not answer within 30 s');
    expect(gitFailure({ stderr: '', message: '', isLate: true }, 'git@h.example.com:a/b.git', 1000).message).toContain(
      'git at h.example.com did not',
    );
  });
});
