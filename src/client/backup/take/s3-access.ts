import { s3AccessFrom } from '../../../adapters/backup/stores/s3-access.js';
import type { S3Access } from '../../../ports/backup/backups.js';
import { Failure } from '../../../ports/failure.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Variables that name an S3 server or credentials. */
const NAMING = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'];

/**
 * Returns the S3 server and credentials that this command's environment names; null: it names none. Those of a profile are read
 * here, since the worker has not the user's files. Throws `invalid` for a malformed variable, `denied` for a profile without credentials.
 */
export async function stagedAccess(env: Env): Promise<S3Access | null> {
  if (!NAMING.some((name) => (env[name] ?? '') !== '')) return null;
  const access = s3AccessFrom(env);
  return access.credentials === null && env['AWS_PROFILE'] ? withProfile(access) : access;
}

async function withProfile(access: S3Access): Promise<S3Access> {
  const { S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client(access.region === '' ? {} : { region: access.region });
  try {
    const { accessKeyId, secretAccessKey, sessionToken } = await client.config.credentials();
    const region = await client.config.region();
    const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
    return { ...access, region, credentials };
  } catch (cause) {
    throw new Failure('denied', 'AWS_PROFILE names a profile of which this command can read no credentials', {
      hint: 'Check the profile with: aws sts get-caller-identity. Or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
      cause,
    });
  } finally {
    client.destroy();
  }
}
