import type { S3Access } from '../../ports/backups.js';

type Env = Readonly<Record<string, string | undefined>>;

const USUAL_REGION = 'us-east-1';

/** Returns the S3 server and credentials in the usual variables of AWS; null: there are none. */
export async function s3AccessIn(env: Env): Promise<S3Access | null> {
  const endpoint = env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'] || null;
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || USUAL_REGION;
  const [accessKeyId, secretAccessKey] = [env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY']];
  const sessionToken = env['AWS_SESSION_TOKEN'];
  const credentials =
    accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) } : null;
  if (credentials === null && endpoint === null) return null;
  return { endpoint, region, pathStyle: endpoint !== null, credentials };
}
