import { join } from 'node:path';
import { request } from 'undici';
import { homeLayout } from '../home-layout.js';
import { packageRoot } from '../settings/package-root.js';
import { makePrivateFolder } from '../../adapters/files/private-files.js';
import type { StackSettings } from '../settings/stack-settings.js';
import type { Component } from './component.js';

/** Groups in the examples of the documentation. */
const EXAMPLE_GROUPS = 'admin,staff,superuser,users';

/** The stand-in for authentik, since a real one needs PostgreSQL. For development; it listens only on loopback. */
export function authentikComponent(settings: StackSettings): Component {
  const { authentik: folder } = homeLayout(settings.home);
  const url = `http://127.0.0.1:${settings.ports.authentik}`;
  return {
    name: 'authentik',
    version: 'stand-in',
    prepare: async () => makePrivateFolder(folder),
    launch: {
      file: process.execPath,
      args: [
        join(packageRoot(), 'dist', 'authentik-stand-in.cjs'),
        '--data',
        folder,
        '--port',
        String(settings.ports.authentik),
        '--groups',
        EXAMPLE_GROUPS,
        '--latency',
        settings.env['HECATE_STAND_IN_LATENCY'] === 'real' ? 'real' : 'none',
      ],
    },
    async check() {
      const answer = await request(`${url}/-/health/ready/`, { signal: AbortSignal.timeout(3_000) });
      await answer.body.dump();
      if (answer.statusCode !== 200) throw new Error(`answers ${answer.statusCode} to its health check`);
    },
  };
}
