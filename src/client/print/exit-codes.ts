import { exitCodes, type ExitCode } from '../../domain/refusal.js';

/** Meanings of exit codes in the help of a command; `true` takes the usual meaning. */
type Meanings = Partial<Record<ExitCode, string | true>>;

function helpOf(meanings: Meanings): string {
  const lines = (Object.keys(exitCodes) as ExitCode[]).flatMap((name) => {
    const { code, meaning } = exitCodes[name];
    const own = meanings[name];
    return own === undefined ? [] : [`  ${String(code).padEnd(3)}  ${own === true ? meaning : own}`];
  });
  return `Exit codes:\n${lines.join('\n')}`;
}

const request = { invalid: true, missing: true, unavailable: true, bug: true } as const;
const offline = { invalid: true, bug: true } as const;
const NO_KEY = 'there is no operator’s key here, or the worker refused it';
const LOST = 'the log was lost, or an older one was restored';

/** Exit codes of commands that change something. */
export const operationExitCodes = helpOf({
  ...request,
  ...{ done: true, undone: true, conflict: true, denied: true, lost: true, detached: true },
  wouldChange: 'with --dry-run --exit-code: something would change',
});

/** Exit codes of commands that only read. */
export const readExitCodes = helpOf({ ...request, done: 'answered', lost: LOST });

/** Exit codes of `read requests`. */
export const requestExitCodes = helpOf({
  ...request,
  done: 'answered; with --follow also after Ctrl-C',
  missing: 'the route does not exist',
  denied: NO_KEY,
  unavailable: 'a system is down, or the access log of a proxy cannot be read',
});

/** Exit codes of commands that ask whether routes work. */
export const healthExitCodes = helpOf({
  ...request,
  done: 'everything that was asked about works; there may be warnings',
  denied: NO_KEY,
  missing: 'the route does not exist',
  unavailable: 'a route or component does not work, or with --strict something needs attention; the output names it',
});

/** Exit codes of `read debug`. */
export const debugExitCodes = helpOf({
  ...request,
  done: 'the request gets its answer; there may be warnings',
  denied: NO_KEY,
  unavailable: 'the request fails, or a system is down; the output names the cause',
  lost: LOST,
});

/** Exit codes of `read config caddy`. */
export const configExitCodes = helpOf({
  ...request,
  done: 'what is loaded is what the log wants',
  denied: NO_KEY,
  wouldChange: 'what is loaded differs from the log',
});

/** Exit codes of `read validate dns`. */
export const dnsExitCodes = helpOf({
  ...offline,
  done: 'the name leads to this proxy as far as is known; there may be warnings',
  unavailable: 'visitors or certificates fail by the names; the output says why',
});

/** Exit codes of `reveal secret`. */
export const revealExitCodes = helpOf({
  ...request,
  done: 'shown, or written into the file',
  invalid: 'the request is invalid, no person uses secrets of this kind, or the output is not a terminal',
  missing: 'the secret does not exist, or Vault has only a hash of its value',
  conflict: 'the file exists',
  denied: `${NO_KEY}, or you are not an admin`,
  lost: LOST,
});

/** Exit codes of `update secret rotate-all`. */
export const rotateAllExitCodes = helpOf({
  ...request,
  done: 'all secrets are rotated, or in their grace period',
  undone: 'a secret was not rotated; the output names it and says why',
  denied: NO_KEY,
  lost: LOST,
  detached: 'Ctrl-C; the rotation that runs goes on, and no other one begins',
});

/** Exit codes of `read test auth`. */
export const stackExitCodes = helpOf({
  ...request,
  done: 'done; everything that should run answers',
  denied: 'authentik refused the token',
  unavailable: 'something does not work, or a system is down; the output names it',
});

/** Exit codes of `read canary`. */
export const canaryExitCodes = helpOf({
  ...request,
  done: 'a canary runs',
  missing: 'the route does not exist, or no canary runs; the output says how the last one ended',
});

/** Exit codes of `up`. */
export const upExitCodes = helpOf({
  ...offline,
  done: 'all servers run',
  conflict: 'a port is in use',
  denied: 'this user may not listen on a port',
  unavailable: 'a server did not start or cannot be installed; the output names it',
  lost: `all servers run, but ${LOST}`,
});

/** Exit codes of `init authentik`. */
export const initAuthentikExitCodes = helpOf({
  ...request,
  done: 'the account exists, and the file has its token',
  missing: "the file with the administrator's token does not exist",
  conflict: 'a user or token of that name belongs to something else',
  denied: 'authentik refused the token, or it is not an administrator’s',
  unavailable: 'authentik does not answer, or failed',
});

/** Exit codes of `status`. */
export const statusExitCodes = helpOf({
  ...offline,
  done: 'all servers run',
  unavailable: 'a server does not run; the output names it',
  lost: `all servers run, but ${LOST}`,
});

/** Exit codes of `down`. */
export const downExitCodes = helpOf({
  ...offline,
  done: 'stopped',
  invalid: 'the request is invalid, or the folder is not a home of Hecate',
  unavailable: 'a server could not be stopped; the message names it',
});

/** Exit codes of `logs`. */
export const logsExitCodes = helpOf({ ...offline, done: 'done', missing: 'the component does not exist' });

/** Exit codes of `follow`: those of the operation, and of an id without one. */
export const followExitCodes = helpOf({
  ...request,
  held: 'a reconcile left a change in Git unapplied; the output names it',
  ...{ done: true, undone: true, conflict: true, denied: true, lost: true, detached: true },
  invalid: 'the id does not name an operation, or the operation was refused as invalid',
  missing: 'the operation does not exist, or something that it names does not',
});

/** Exit codes of `cancel`. */
export const cancelExitCodes = helpOf({
  ...request,
  done: 'cancelled and undone',
  invalid: 'the id does not name an operation',
  missing: 'the operation does not exist',
  conflict: 'too late: it had ended',
  detached: true,
});

/** Exit codes of `update state reconcile`. */
export const reconcileExitCodes = helpOf({
  ...offline,
  done: 'no drift, or all drift was repaired',
  undone: 'some drift could not be repaired; the output names it',
  conflict: 'another reconcile is running',
  denied: true,
  unavailable: 'a repository or a system could not be read; the output names it',
  wouldChange: 'with --exit-code: something differs',
  held: 'Git and the log changed the same field, or a commit is not applied; the output names it',
  detached: true,
});

/** Exit codes of commands that set something up. */
export const initExitCodes = helpOf({
  ...request,
  done: 'done',
  missing: 'there is no log yet; start the stack first',
  conflict: 'the file has another key, or no admin would be left',
  denied: 'NATS refused the worker’s seed',
  lost: LOST,
});

/** Exit codes of `init key`. */
export const keyExitCodes = helpOf({
  ...offline,
  done: 'done',
  conflict: 'the file exists and is not a key of this operator',
});

/** Exit codes of commands that ask no server. */
export const programExitCodes = helpOf({ ...offline, done: 'done' });

/** Exit codes of commands that check files. */
export const validateExitCodes = helpOf({
  ...offline,
  done: 'no errors; there may be warnings',
  invalid: 'there are errors, or with --strict warnings',
  missing: 'the folder does not exist',
});

/** Exit codes of commands that write files. */
export const fileExitCodes = helpOf({
  ...request,
  done: 'done',
  missing: 'the file or folder to read does not exist',
  conflict: 'a file would be overwritten; --force overwrites it',
});

/** Exit codes of commands that make or remove backups. */
export const backupExitCodes = helpOf({
  ...request,
  done: 'done, or there was nothing to back up',
  undone: 'one of several destinations does not have it; the output names it',
  missing: 'the bucket, or the backup that it follows, does not exist',
  conflict: 'another backup is running, or the destination has backups of another environment',
  denied: 'the destination refused the credentials',
  unavailable: 'the destination does not answer, or its disk is full',
  detached: true,
});

/** Exit codes of commands that look at backups. */
export const backupReadExitCodes = helpOf({
  ...request,
  done: 'done',
  missing: 'the backup or the destination does not exist',
  denied: 'the destination refused the credentials, or the identity is another one',
  unavailable: 'the destination does not answer',
});

/** Exit codes of `backup restore`. */
export const restoreExitCodes = helpOf({
  ...request,
  done: 'restored, or there is nothing to change',
  undone: 'a system refused it, or visitors would not have been served; it was undone',
  invalid: 'the backup is damaged, or the restore was refused',
  missing: 'the backup, or one that it needs, does not exist',
  conflict: 'it is the backup of another environment, or somebody changed the same first',
  denied: 'the identity is another one, or a system refused the credentials',
  wouldChange: 'with --exit-code: something would change',
  lost: LOST,
  detached: true,
});

/** Exit codes of `backup drill`. */
export const drillExitCodes = helpOf({
  ...request,
  done: 'restored and compared; every host answers as the live one',
  undone: 'the restore failed, or a host answers otherwise; the output names it',
  invalid: 'the backup is damaged',
  missing: 'the backup, or one that it needs, does not exist',
  denied: 'the identity is another one, or the destination refused the credentials',
  unavailable: 'the destination does not answer, or a server did not start',
});

/** Exit codes of `backup identity`. */
export const identityExitCodes = helpOf({
  ...request,
  done: 'done',
  conflict: 'the file exists',
  denied: 'it needs the role admin',
  unavailable: 'the worker does not answer',
});

/** Exit codes of `read verify`. */
export const verifyExitCodes = helpOf({
  ...request,
  done: 'compared; without --exit-code also when something differs',
  invalid: 'the backup is damaged',
  missing: 'the backup, or one that it needs, does not exist',
  denied: 'the identity is another one, or a system refused the credentials',
  wouldChange: 'with --exit-code: something differs',
});

/** Exit codes of `audit`. */
export const auditExitCodes = helpOf({ ...request, done: 'printed', lost: LOST });

/** Exit codes of `audit verify`. */
export const auditVerifyExitCodes = helpOf({
  ...request,
  done: 'the log is the one that the notary signed; the newest messages may not be covered yet',
  missing: 'a file does not exist, or there is no log',
  lost: 'the log was changed or cut off; the output names the first bad message',
  unverified: true,
});

/** Exit codes of `audit checkpoint`. */
export const checkpointExitCodes = helpOf({
  ...request,
  done: 'signed, and all witnesses have it',
  unavailable: 'no notary runs here, or a witness did not take it',
  lost: 'the notary does not sign: the log is not the one that it signed before',
});

/** Exit codes of `audit key`. */
export const notaryKeyExitCodes = helpOf({ ...request, done: 'printed', unavailable: 'no notary runs here' });
