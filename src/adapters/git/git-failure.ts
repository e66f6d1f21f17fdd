import { Failure } from '../../ports/failure.js';

/** What running git may throw. */
export interface GitError extends Error {
  readonly stderr?: string;
  readonly code?: string | number;
  readonly killed?: boolean;
}

/** What git said, sorted by what to do next. A URL may hold a password, so git's own words are not repeated whole. */
export function gitFailure(error: GitError, url: string, timeoutMs: number): Failure {
  const where = withoutCredentials(url);
  const said = (error.stderr ?? '').toLowerCase();
  const details = { system: 'git' };
  if (error.code === 'ENOENT') {
    return new Failure('unavailable', 'there is no git program here', {
      ...details,
      hint: 'Install git where the worker runs.',
    });
  }
  if (/authentication failed|could not read (username|password)|permission denied|access denied|403/.test(said)) {
    const hint = 'Give the worker credentials: HECATE_GIT_CREDENTIALS_FILE, or an SSH key.';
    return new Failure('denied', `${where} needs credentials, or refuses ours`, { ...details, hint });
  }
  if (/couldn't find remote ref|unknown revision|not our ref/.test(said)) {
    return new Failure('missing', `${where} has no such ref`, { ...details, hint: 'Check what stands behind the #.' });
  }
  if (/not found|does not appear to be a git repository|does not exist|no such file/.test(said)) {
    return new Failure('missing', `there is no Git repository at ${where}`, { ...details, hint: 'Check the URL.' });
  }
  const why = error.killed ? `no answer in ${timeoutMs / 1000} s` : lastLine(error.stderr ?? error.message);
  return new Failure('unavailable', `${where} cannot be read: ${why}`, details);
}

function lastLine(text: string): string {
  return withoutCredentials(text.trim().split('\n').at(-1) ?? '').slice(0, 200);
}

/** A URL, or a text with URLs, without user names and passwords. */
export function withoutCredentials(text: string): string {
  return text.replace(/([a-z+]+:\/\/)[^/@\s]*@/gi, '$1');
}
