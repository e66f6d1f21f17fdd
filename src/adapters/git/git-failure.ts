import { stripCredentials } from '../../domain/values/redaction.js';
import { Failure } from '../../ports/failure.js';

/** How a call of git failed. */
export interface GitError {
  readonly stderr: string;
  readonly message: string;
  /** Its exit code, or why it could not be started. */
  readonly code?: string | number | null;
  /** It was ended because time was up. */
  readonly isLate: boolean;
}

const NO_CREDENTIALS =
  /authentication failed|could not read (username|password)|permission denied|access denied|requested url returned error: 40[13]\b/;
const NO_REF = /couldn't find remote ref|unknown revision|not our ref/;
const NO_REPOSITORY =
  /not found|does not appear to be a git repository|does not exist|no such file|requested url returned error: (404|410)\b/;
const NO_ADDRESS =
  /transport '[^']*' not allowed|unable to find remote helper|remote helper '[^']*'|'remote-[^']*' is not a git command|strange (hostname|pathname|port)|invalid refspec|not a valid (ref|url)|malformed|port number|no host|unsupported protocol|invalid port/;

/** What git said, sorted by what to do next. A URL may hold a password, so git's own words are not repeated whole. */
export function gitFailure(error: GitError, url: string, timeoutMs: number): Failure {
  const where = stripCredentials(url);
  const said = error.stderr.toLowerCase();
  const details = { system: 'git' };
  if (error.isLate) {
    const message = `git at ${hostOf(where)} did not answer within ${timeoutMs / 1000} s`;
    return new Failure('unavailable', message, { ...details, hasWaited: true, hint: 'Look whether it is up.' });
  }
  const lacking = error.code === 'ENOENT' ? 'git' : /cannot run ssh/.test(said) ? 'ssh' : null;
  if (lacking !== null) {
    const hint = `Install ${lacking} where the worker runs.`;
    return new Failure('unavailable', `there is no ${lacking} program here`, { ...details, hint });
  }
  const why = causeIn(error.stderr || error.message);
  if (NO_ADDRESS.test(said)) {
    return new Failure('invalid', `${where} is no address that is read: ${why}`, {
      ...details,
      hint: 'Check the URL.',
    });
  }
  if (NO_CREDENTIALS.test(said)) {
    const hint = 'Give the worker credentials: HECATE_GIT_CREDENTIALS_FILE, or an SSH key.';
    return new Failure('denied', `${where} needs credentials, or refuses ours`, { ...details, hint });
  }
  if (NO_REF.test(said)) {
    const hint = 'Check what stands behind the #: a branch, a tag, or a commit in full.';
    return new Failure('missing', `${where} has no such ref`, { ...details, hint });
  }
  if (NO_REPOSITORY.test(said)) {
    return new Failure('missing', `there is no Git repository at ${where}`, { ...details, hint: 'Check the URL.' });
  }
  return new Failure('unavailable', `${where} cannot be read: ${why}`, details);
}

/** What went wrong first: what git says last is what it asks of people in general. */
function causeIn(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  const cause =
    lines.find(
      (line) => /^(ERROR|ssh|remote: error|Host key verification|kex_)/i.test(line) && !/^error: RPC/i.test(line),
    ) ??
    lines.find((line) => line.startsWith('fatal:')) ??
    lines.find(Boolean) ??
    'git failed without a word';
  return stripCredentials(cause.replace(/^(fatal|ERROR|error): /, '')).slice(0, 200);
}

/** The machine that an address names; a path, where it names none. */
function hostOf(url: string): string {
  return /^[a-z+.-]+:\/\/([^/?#]+)/i.exec(url)?.[1] ?? /^(?:[^@/]*@)?([^:/]+):/.exec(url)?.[1] ?? url;
}
