import { join } from 'node:path';
import { request } from 'undici';
import { homeLayout } from '../home-layout.js';
import { closeToOthers, makePrivateFolder } from '../../adapters/files/private-files.js';
import type { StackSettings } from '../settings/stack-settings.js';
import { chooseUiAddress, uiAddress } from '../web-ui/ui-address.js';
import type { Component } from './component.js';

const searchAttributes = ['HecateDomain', 'HecateOperation', 'HecateActor'];

/** Temporal's development server with its Web UI. Running operations survive a restart in its SQLite file. */
export function temporalComponent(settings: StackSettings): Component {
  const { home, ports, programs } = settings;
  const layout = homeLayout(home);
  const folder = layout.temporal;
  const database = join(folder, 'temporal.db');
  // Of a Temporal that an older version started, which is not behind the door.
  const usualUi = { host: '127.0.0.1', port: ports.temporalUi };
  return {
    name: 'temporal',
    version: programs.temporal?.version ?? null,
    prepare: async () => {
      makePrivateFolder(folder);
      // A Temporal that an older version started created them for everybody to read.
      for (const end of ['', '-wal', '-shm']) closeToOthers(`${database}${end}`);
      await chooseUiAddress(layout);
    },
    get launch() {
      const ui = uiAddress(layout) ?? usualUi;
      const args = [
        ...['server', 'start-dev', '--db-filename', database],
        ...['--ip', '127.0.0.1', '--port', String(ports.temporal)],
        ...['--ui-ip', ui.host, '--ui-port', String(ui.port), '--headless=false'],
        '--ui-disable-news-fetch',
        ...searchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
        // Raises the dev server's own rate limit, which makes an operation three times as slow.
        ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=2000'],
        // Closes the HTTP API, which asks nobody who they are: no request can have this host.
        ...['--dynamic-config-value', 'frontend.httpAllowedHosts=[" "]'],
        ...['--log-level', 'warn'],
      ];
      return { file: programs.temporal?.path ?? 'temporal', args, env: { HOME: folder } };
    },
    async check() {
      const { host, port } = uiAddress(layout) ?? usualUi;
      const url = `http://${host}:${port}/api/v1/namespaces/${settings.connections.temporal.namespace}`;
      const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(3_000) });
      await body.dump();
      if (statusCode !== 200) throw new Error(`answers ${statusCode} to a question about its namespace`);
    },
  };
}
