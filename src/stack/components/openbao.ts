import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { homeLayout } from '../home-layout.js';
import { makePrivateFolder, writePrivate } from '../private-files.js';
import type { StackSettings } from '../stack-settings.js';
import type { Component } from './component.js';
import { health, setUpOpenbao } from './openbao-setup.js';

/** OpenBao with raft storage; it unseals itself with a key of its own that only the owner can read. */
export function openbaoComponent(settings: StackSettings): Component {
  const { home, ports, programs } = settings;
  const layout = homeLayout(home);
  const address = `http://127.0.0.1:${ports.openbao}`;
  const config = join(layout.openbao, 'openbao.hcl');
  return {
    name: 'openbao',
    version: programs.openbao?.version ?? null,
    prepare: async () => {
      makePrivateFolder(layout.openbao);
      makePrivateFolder(join(layout.openbao, 'raft'));
      if (!existsSync(layout.sealKey)) writePrivate(layout.sealKey, randomBytes(32));
      writePrivate(config, openbaoConfig(settings));
    },
    launch: {
      file: programs.openbao?.path ?? 'bao',
      args: ['server', `-config=${config}`, '-log-level=warn'],
      env: { HOME: layout.openbao },
    },
    // 501: it answers, but nobody has initialised it yet.
    answers: async () => [200, 501].includes(await health(address)),
    initialise: () => setUpOpenbao(address, layout),
  };
}

function openbaoConfig({ home, ports }: StackSettings): string {
  const layout = homeLayout(home);
  return `storage "raft" {
  path = ${quoted(join(layout.openbao, 'raft'))}
  node_id = "hecate"
}
listener "tcp" {
  address = "127.0.0.1:${ports.openbao}"
  cluster_address = "127.0.0.1:${ports.openbaoCluster}"
  tls_disable = true
}
seal "static" {
  current_key_id = "1"
  current_key = ${quoted(`file://${layout.sealKey}`)}
}
api_addr = "http://127.0.0.1:${ports.openbao}"
cluster_addr = "https://127.0.0.1:${ports.openbaoCluster}"
ui = false
`;
}

function quoted(value: string): string {
  return JSON.stringify(value);
}
