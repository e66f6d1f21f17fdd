import { describe, expect, it } from 'vitest';
import { processEnvironment, serverEnvironment } from '../../../src/stack/processes/process-environment.js';

const shell = {
  PATH: '/bin',
  HOME: '/home/anna',
  TMPDIR: '/tmp',
  HECATE_NATS_URL: 'nats://a:4222',
  HECATE_OPERATOR_KEY_FILE: '/key',
  HECATE_AUTHENTIK_ADMIN_TOKEN_FILE: '/token',
  TEMPORAL_API_KEY: 'key',
  SSH_AUTH_SOCK: '/agent',
  AWS_SECRET_ACCESS_KEY: 'key of S3',
  AWS_ENDPOINT_URL_S3: 'https://s3.example.com',
  GITHUB_TOKEN: 'secret',
  NODE_OPTIONS: '--inspect',
  LD_PRELOAD: '/other.so',
};

describe('the environment of a process', () => {
  it('holds what the worker reads, and no other variable of the shell', () => {
    const s3 = ['AWS_SECRET_ACCESS_KEY', 'AWS_ENDPOINT_URL_S3'];
    const kept = ['PATH', 'HOME', 'TMPDIR', 'HECATE_NATS_URL', 'TEMPORAL_API_KEY', 'SSH_AUTH_SOCK', ...s3];
    expect(Object.keys(processEnvironment(shell)).sort()).toEqual(kept.sort());
  });

  it('holds only two variables for a server', () => {
    expect(serverEnvironment(shell)).toEqual({ PATH: '/bin', TMPDIR: '/tmp' });
  });
});
