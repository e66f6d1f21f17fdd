import { dirname, join } from 'node:path';
import { existsSync, readFileSync } from 'node:fs';
import { notaryFiles } from '../../adapters/audit/notary-record.js';
import { notarySilentForMs } from '../../adapters/audit/notary-status.js';
import { makePrivateFolder } from '../../adapters/files/private-files.js';
import { homeLayout } from '../home-layout.js';
import type { StackSettings } from '../settings/stack-settings.js';
import type { Component } from './component.js';
import { natsKeys, reloadNats } from './nats-keys.js';

/** Time without a sign of life after which the notary hangs. It gives one every second, but for while it reads the log. */
const SILENT_MS = 120_000;

/** The notary, which signs heads of the log. It has its own key and may only read the log. */
export function notaryComponent(settings: StackSettings): Component {
  const layout = homeLayout(settings.home);
  return {
    name: 'notary',
    version: settings.runs.version,
    async prepare() {
      makePrivateFolder(layout.notary);
      // A NATS that an older version started does not know its user.
      const isOwnNats = settings.components.includes('nats') && !settings.external.includes('nats');
      if (!isOwnNats || !existsSync(layout.natsConfig)) return;
      const config = readFileSync(layout.natsConfig, 'utf8');
      if (!natsKeys(layout).notary.every((key) => config.includes(key))) reloadNats(settings);
    },
    launch: {
      file: process.execPath,
      args: [join(dirname(settings.workerFile), 'notary.cjs'), settings.home],
      env: { HECATE_HOME: settings.home },
      isHecate: true,
    },
    async check() {
      if (!existsSync(notaryFiles(layout.notary).status)) throw new Error('is not ready yet');
      const silent = notarySilentForMs(layout.notary);
      if (silent > SILENT_MS) throw new Error(`has given no sign of life for ${Math.round(silent / 1_000)} s`);
    },
  };
}
