import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure } from '../../ports/failure.js';
import { ensureAuthentikAccount, type AccountOptions } from '../../stack/index.js';
import { print, type OutputFormat } from '../print/output.js';
import { toStderr } from '../print/visible.js';

/** Options of `hecate init authentik`. */
export interface InitAuthentikOptions {
  readonly url?: string;
  readonly adminTokenFile?: string;
  readonly tokenFile?: string;
  readonly browserUrl?: string;
  readonly account: string;
  readonly dryRun?: boolean;
  readonly output: OutputFormat;
}

/** Makes Hecate's account in an authentik and prints what was made and which settings come next. */
export async function runInitAuthentik(options: InitAuthentikOptions): Promise<void> {
  const { HECATE_AUTHENTIK_URL, HECATE_AUTHENTIK_TOKEN_FILE, HECATE_AUTHENTIK_ADMIN_TOKEN_FILE } = process.env;
  const given = baseUrl('--url', needed('--url', options.url ?? HECATE_AUTHENTIK_URL));
  // The address of its API is given by habit.
  const url = given.replace(/\/api\/v3$/, '');
  const adminTokenFile = needed('--admin-token-file', options.adminTokenFile ?? HECATE_AUTHENTIK_ADMIN_TOKEN_FILE);
  const tokenFile = resolve(needed('--token-file', options.tokenFile ?? HECATE_AUTHENTIK_TOKEN_FILE));
  const browserUrl = options.browserUrl === undefined ? null : `${baseUrl('--browser-url', options.browserUrl)}/`;
  const { account, dryRun: isDryRun = false } = options;
  if (!/^[a-z0-9][a-z0-9-]{0,49}$/.test(account)) {
    throw new Failure('invalid', `${JSON.stringify(account)} is not a name of an account`, {
      hint: 'Use 1 to 50 of a–z, 0–9 and hyphens, such as hecate-staging.',
    });
  }
  if (isPlain(url))
    toStderr(`warning: ${url} is not encrypted, so others on the way can read the administrator's token`);
  if (isOpenToOthers(adminTokenFile)) {
    toStderr(
      `warning: others on this machine can read ${adminTokenFile}, which holds the administrator's token: chmod 600 ${adminTokenFile}`,
    );
  }
  const made = { url, adminTokenFile, tokenFile, browserUrl, account, isDryRun };
  const steps = await ensureAuthentikAccount(made);
  await print(options.output, { url, account, tokenFile, isDryRun, steps }, () =>
    [...steps.map(({ what, isNew }) => `${word(isNew, isDryRun)} ${what}`), '', ...next(made)].join('\n'),
  );
}

function word(isNew: boolean, isDryRun: boolean): string {
  if (!isNew) return 'exists    ';
  return isDryRun ? 'would make' : 'made      ';
}

function next({ url, adminTokenFile, tokenFile, isDryRun }: AccountOptions): string[] {
  if (isDryRun) return ['Nothing was changed. Repeat the command without --dry-run.'];
  return [
    'Set these where the worker and hecate up run:',
    `  export HECATE_AUTHENTIK_URL=${url}`,
    `  export HECATE_AUTHENTIK_TOKEN_FILE=${tokenFile}`,
    'Then check sign-in: hecate up && hecate read test auth',
    `Hecate does not need the administrator's token any more. Delete ${adminTokenFile}, and the token in authentik.`,
  ];
}

function needed(option: string, value: string | undefined): string {
  if (value !== undefined && value !== '') return value;
  throw new Failure('invalid', `${option} is missing`, {
    hint: 'For example: hecate init authentik --url https://auth.example.com --admin-token-file admin-token --token-file authentik-token',
  });
}

function baseUrl(option: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url && isHttp && url.username === '' && url.search === '' && url.hash === '')
    return url.href.endsWith('/') ? url.href.slice(0, -1) : url.href;
  throw new Failure('invalid', `${option} ${JSON.stringify(text)} is not the address of an authentik`, {
    hint: 'Give its base URL, such as https://auth.example.com.',
  });
}

/** Returns true for a file that its group or everybody may read. */
function isOpenToOthers(file: string): boolean {
  try {
    const found = statSync(file);
    return found.isFile() && (found.mode & 0o044) !== 0;
  } catch {
    // Reading the token says why.
    return false;
  }
}

function isPlain(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(localhost|127\.|\[::1\])/.test(hostname);
}
