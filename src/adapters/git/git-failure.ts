import { stripCredentials } from '../../domain/values/redaction.js';
import { Failure } from '../../ports/failure.js';

/** A failed call of git. */
export interface GitError {
  readonly stderr: string;
  readonly message: string;
  /** The exit code, or a system error such as `ENOENT` when git could not be started. */
  readonly code?: string | number | null;
  /** True when the call was ended by its time limit. */
  readonly isLate: boolean;
}

const NO_CREDENTIALS =
  /authentication failed|could not read (username|password)|permission denied|access denied|requested url returned error: 40[13]\b/;
const NO_REF = /couldn't find remote ref|unknown revision|not our ref/;
const NO_REPOSITORY =
  /not found|does not appear to be a git repository|does not exist|no such file|requested url returned error: (404|410)\b/;
const NO_ADDRESS =
  /transport '[^']*' not allowed|unable to find remote helper|remote helper '[^']*'|'remote-[^']*' is not a git command|strange (hostname|pathname|port)|invalid refspec|not a valid (ref|url)|malformed|port number|no host|unsupported protocol|invalid port/;

/** Classifies git's error output by what to do next. Repeats at most one line of it, without credentials in URLs. */
export function gitFailure(error: GitError, url: string, timeoutMs: number): Failure {
  const where = stripCredentials(url);
  const said = error.stderr.toLowerCase();
  const details = { system: 'git' };
  if (error.isLate) {
    const message = `git at ${hostOf(where)} did not answer within ${timeoutMs / 1000} s`;
    return new Failure('unavailable', message, {
      ...details,
      hasWaited: true,
      hint: 'Check that the host is up and reachable from the worker, then try again.',
    });
  }
  const lacking = error.code === 'ENOENT' ? 'git' : /cannot run ssh/.test(said) ? 'ssh' : null;
  if (lacking !== null) {
    const hint = `Install ${lacking} on the worker's machine and add it to PATH.`;
    return new Failure('unavailable', `${lacking} is not installed, so no repository can be read`, {
      ...details,
      hint,
    });
  }
  const why = causeIn(error.stderr || error.message);
  if (NO_ADDRESS.test(said)) {
    return new Failure('invalid', `${where} is not a repository address: ${why}`, {
      ...details,
      hint: 'Give a URL such as https://git.example.com/site.git or ssh://git@git.example.com/site.git',
    });
  }
  if (NO_CREDENTIALS.test(said)) {
    const hint =
      "Set HECATE_GIT_CREDENTIALS_FILE to a file in the form of git's credential store, or give the worker an SSH key.";
    return new Failure('denied', `${where} refused access: it needs credentials, or other ones`, { ...details, hint });
  }
  if (NO_REF.test(said)) {
    const hint = 'Check the part after the #. It must be a branch, a tag or a full commit id.';
    return new Failure('missing', `${where} has no such ref`, { ...details, hint });
  }
  if (NO_REPOSITORY.test(said)) {
    return new Failure('missing', `there is no Git repository at ${where}`, {
      ...details,
      hint: "Check the URL, and that the worker's credentials may read the repository.",
    });
  }
  const hint = `Check it from the worker's machine: git ls-remote ${where}`;
  return new Failure('unavailable', `${where} cannot be read: ${why}`, { ...details, hint });
}

/** The line with the cause. The last lines are git's general advice. */
function causeIn(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  const cause =
    lines.find(
      (line) => /^(ERROR|ssh|remote: error|Host key verification|kex_)/i.test(line) && !/^error: RPC/i.test(line),
    ) ??
    lines.find((line) => line.startsWith('fatal:')) ??
    lines.find(Boolean) ??
    'git failed without a message';
  return stripCredentials(cause.replace(/^(fatal|ERROR|error): /, '')).slice(0, 200);
}

/** The host of an address, or the address itself when it is a path. */
function hostOf(url: string): string {
  return /^[a-z+.-]+:\/\/([^/?#]+)/i.exec(url)?.[1] ?? /^(?:[^@/]*@)?([^:/]+):/.exec(url)?.[1] ?? url;
}
