type Env = Readonly<Record<string, string | undefined>>;

/** Variables that a program needs to find programs, temporary files and the user's own settings. */
const BASIC = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME'];
/** Certificates that Node.js and OpenSSL trust besides their own. */
const TRUST = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];
/** The agent with the user's SSH keys, by which the worker reads Git repositories. */
const GIT = ['SSH_AUTH_SOCK'];
/** Settings of Hecate and of Temporal's own tools. */
const SETTINGS = /^(?:HECATE|TEMPORAL)_/;
/** Server, profile and keys of S3, by which the worker reaches destinations of backups that no command gave it keys for. */
const S3 = /^AWS_/;
/** Settings of commands: the worker neither signs requests nor sets up authentik. */
const OF_COMMANDS = ['HECATE_OPERATOR_KEY_FILE', 'HECATE_AUTHENTIK_ADMIN_TOKEN_FILE', 'HECATE_ACTOR'];

/**
 * Returns the environment of the supervisor and the worker: what they read, and nothing else of the shell from which
 * somebody called `hecate up`, such as tokens of other programs.
 */
export function processEnvironment(env: Env): NodeJS.ProcessEnv {
  const passed = new Set([...BASIC, ...TRUST, ...GIT]);
  const isPassed = (name: string) =>
    (passed.has(name) || SETTINGS.test(name) || S3.test(name)) && !OF_COMMANDS.includes(name);
  return Object.fromEntries(Object.entries(env).filter(([name]) => isPassed(name)));
}

/** Returns the environment of a server, without keys of S3. Its component adds what it needs besides. */
export function serverEnvironment(env: Env): NodeJS.ProcessEnv {
  return { PATH: env['PATH'], TMPDIR: env['TMPDIR'] };
}
