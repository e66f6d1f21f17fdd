import type { S3Access } from '../../../ports/backup/backups.js';
import { Failure } from '../../../ports/failure.js';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Returns the S3 server and credentials of an environment's usual variables: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
 * `AWS_SESSION_TOKEN`, `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_DEFAULT_REGION` and `AWS_PROFILE`. Keys
 * win over a profile, as in AWS's own CLI. Throws `invalid`, without the value of any of them.
 */
export function s3AccessFrom(env: Env): S3Access {
  const read = (name: string) => env[name]?.trim() || undefined;
  const endpoint = endpointOf(read);
  const credentials = credentialsOf(read);
  // The region of a profile is in its file, which the SDK reads.
  const fallback = credentials === null && read('AWS_PROFILE') !== undefined ? '' : 'us-east-1';
  const region = read('AWS_REGION') ?? read('AWS_DEFAULT_REGION') ?? fallback;
  if (!/^[A-Za-z0-9-]{0,64}$/.test(region)) throw unfit('AWS_REGION', 'is not a region, such as eu-central-1');
  return { endpoint, region, pathStyle: endpoint !== null && !isAws(endpoint), credentials };
}

/** Returns true for AWS itself. Other servers do not know all of its checksums. */
export function isAws(endpoint: string | null): boolean {
  return endpoint === null || /(?:^|\.)amazonaws\.com(?:\.cn)?$/.test(new URL(endpoint).hostname);
}

type Read = (name: string) => string | undefined;

function endpointOf(read: Read): string | null {
  if (read('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS')?.toLowerCase() === 'true') return null;
  const name = read('AWS_ENDPOINT_URL_S3') === undefined ? 'AWS_ENDPOINT_URL' : 'AWS_ENDPOINT_URL_S3';
  const text = read(name);
  if (text === undefined) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw unfit(name, 'is not a URL, such as https://s3.example.com');
  }
  if (url.username !== '' || url.password !== '') {
    throw unfit(name, 'has a user or password in it; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead');
  }
  if (url.search !== '' || url.hash !== '') throw unfit(name, 'has a ? or # in it');
  return url.href.replace(/\/$/, '');
}

function credentialsOf(read: Read): S3Access['credentials'] {
  const [accessKeyId, secretAccessKey] = [read('AWS_ACCESS_KEY_ID'), read('AWS_SECRET_ACCESS_KEY')];
  const sessionToken = read('AWS_SESSION_TOKEN');
  if (accessKeyId === undefined && secretAccessKey === undefined) return null;
  if (accessKeyId === undefined) throw unfit('AWS_SECRET_ACCESS_KEY', 'is set, but AWS_ACCESS_KEY_ID is not');
  if (secretAccessKey === undefined) throw unfit('AWS_ACCESS_KEY_ID', 'is set, but AWS_SECRET_ACCESS_KEY is not');
  for (const [name, value] of Object.entries({ accessKeyId, secretAccessKey, sessionToken })) {
    if (/[^\x21-\x7e]/.test(value ?? '')) {
      const variable = { accessKeyId: 'AWS_ACCESS_KEY_ID', secretAccessKey: 'AWS_SECRET_ACCESS_KEY' }[name];
      throw unfit(variable ?? 'AWS_SESSION_TOKEN', 'has a space or another character that no key has');
    }
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

function unfit(name: string, why: string): Failure {
  return new Failure('invalid', `${name} ${why}`, { hint: `Correct ${name} in the environment of the command.` });
}
