import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { homeLayout, type HomeLayout } from '../home-layout.js';
import { makePrivateFolder, writePrivate } from '../../adapters/files/private-files.js';
import type { StackSettings } from '../settings/stack-settings.js';
import type { Component } from './component.js';
import { health } from './openbao-api.js';
import { isFromBefore } from './openbao-root.js';
import { setUpOpenbao } from './openbao-setup.js';

/** OpenBao with raft storage. It unseals itself with a key in a 0600 file of the home. */
export function openbaoComponent(settings: StackSettings): Component {
  const { home, ports, programs } = settings;
  const layout = homeLayout(home);
  const address = `http://127.0.0.1:${ports.openbao}`;
  const config = join(layout.openbao, 'openbao.hcl');
  return {
    name: 'openbao',
    version: programs.openbao?.version ?? null,
    prepare: async () => {
      prepareSeal(layout);
      const { openbao: port, openbaoCluster } = ports;
      writePrivate(config, openbaoConfig(layout, { host: '127.0.0.1', port, clusterPort: openbaoCluster }));
    },
    launch: {
      file: programs.openbao?.path ?? 'bao',
      args: ['server', `-config=${config}`, '-log-level=warn'],
      env: { HOME: layout.openbao },
    },
    // 501: OpenBao answers but is not initialised yet.
    answers: async () => [200, 501].includes(await health(address)),
    initialise: () => setUpOpenbao(address, layout),
  };
}

/** Creates OpenBao's folders, and the key that unseals it when there is none. Idempotent. */
export function prepareSeal(layout: HomeLayout): void {
  makePrivateFolder(layout.openbao);
  makePrivateFolder(join(layout.openbao, 'raft'));
  if (!existsSync(layout.sealKey)) writePrivate(layout.sealKey, randomBytes(32));
}

/** Addresses and ports of OpenBao. */
export interface OpenbaoListener {
  readonly host: string;
  /** Name for other machines, when it differs from `host`. */
  readonly name?: string;
  readonly port: number;
  readonly clusterPort: number;
}

/**
 * Writes OpenBao's configuration: raft storage with short timeouts, since there is a single node, and a static seal with a
 * key in the home. In a home of an older version, the recovery key may create a root token until the next start.
 */
export function openbaoConfig(layout: HomeLayout, { host, name = host, port, clusterPort }: OpenbaoListener): string {
  return `storage "raft" {
  path = ${quoted(join(layout.openbao, 'raft'))}
  node_id = "hecate"
  performance_multiplier = 1
}
listener "tcp" {
  address = "${host}:${port}"
  cluster_address = "${host}:${clusterPort}"
  tls_disable = true
${isFromBefore(layout) ? '  disable_unauthed_generate_root_endpoints = false\n' : ''}}
seal "static" {
  current_key_id = "1"
  current_key = ${quoted(`file://${layout.sealKey}`)}
}
api_addr = "http://${name}:${port}"
cluster_addr = "https://${name}:${clusterPort}"
ui = false
`;
}

function quoted(value: string): string {
  return JSON.stringify(value);
}
