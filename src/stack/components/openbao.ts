import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../ports/failure.js';
import { homeLayout, type HomeLayout } from '../home-layout.js';
import { makePrivateFolder, readText, writePrivate } from '../../adapters/files/private-files.js';
import type { StackSettings } from '../settings/stack-settings.js';
import type { Component, Mended } from './component.js';
import { health } from './openbao-api.js';
import { credentialsProblem, reasonForRoot } from './openbao-root.js';
import { setUpOpenbao } from './openbao-setup.js';

const SEAL_KEY_BYTES = 32;

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
    async check() {
      const status = await health(address);
      // 501: OpenBao answers but is not initialised yet.
      if (status !== 200 && status !== 501) throw new Error(status === 503 ? 'is sealed' : `answers ${status}`);
    },
    initialise: () => setUpOpenbao(address, layout, settings.connections.vault.environment),
    mend() {
      const key = mendFromCopy(layout.sealKey, sealKeyProblem) ?? mendRecoveryKey(layout);
      if (key !== null) return key;
      const reason = reasonForRoot(layout);
      const problem = credentialsProblem(layout) ?? reason;
      return problem === null ? null : { problem, remedy: reason !== null ? 'restart' : 'none' };
    },
  };
}

/**
 * Creates OpenBao's folders, and the key that unseals it in a home without data. Idempotent. Throws `lost` when the key of
 * existing data is missing or damaged: nothing else opens the data.
 */
export function prepareSeal(layout: HomeLayout): void {
  const data = join(layout.openbao, 'raft');
  makePrivateFolder(layout.openbao);
  makePrivateFolder(data);
  const mended = mendFromCopy(layout.sealKey, sealKeyProblem);
  if (mended?.remedy === 'none' && readdirSync(data).length > 0) {
    throw new Failure('lost', `${mended.problem}; it is the only key to the secrets in OpenBao`, {
      system: 'openbao',
      hint: `Put back a copy of ${layout.sealKey}. Without one, start with no secrets: hecate down && rm -r ${layout.openbao} && hecate up`,
    });
  }
  if (mended?.remedy === 'none') writePrivate(layout.sealKey, randomBytes(SEAL_KEY_BYTES));
}

/**
 * Keeps a second copy of a key, since nothing can make it again, and puts it in the place of a key that is missing or
 * damaged. Null: the key is there. `problemOf` says what is wrong with a file.
 */
function mendFromCopy(key: string, problemOf: (file: string) => string | null): Mended | null {
  const copy = `${key}.copy`;
  const problem = problemOf(key);
  if (problem === null) {
    if (problemOf(copy) !== null) writePrivate(copy, readFileSync(key));
    return null;
  }
  if (problemOf(copy) !== null) return { problem, remedy: 'none' };
  writePrivate(key, readFileSync(copy));
  return { problem: `${problem}; put the copy in its place`, remedy: 'done' };
}

/** Says what is wrong with a key that unseals OpenBao; null: nothing. */
function sealKeyProblem(file: string): string | null {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) return `${file} is missing`;
  return size === SEAL_KEY_BYTES ? null : `${file} has ${size} bytes instead of ${SEAL_KEY_BYTES}`;
}

/** A home that was not set up yet has no recovery key. */
function mendRecoveryKey({ recoveryKey, roleId }: HomeLayout): Mended | null {
  return existsSync(roleId) ? mendFromCopy(recoveryKey, textProblem) : null;
}

function textProblem(file: string): string | null {
  const { value, broken } = readText(file);
  return value === null ? (broken ?? `${file} is missing`) : null;
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
 * key in the home. In a home that needs one ({@link reasonForRoot}), the recovery key may create a root token until the next start.
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
${reasonForRoot(layout) !== null ? '  disable_unauthed_generate_root_endpoints = false\n' : ''}}
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
