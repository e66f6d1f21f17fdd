import { readJson, readText, writeJson } from '../../adapters/files/private-files.js';
import { isSealSecrets } from '../../adapters/keys/rotated-seals.js';
import { isAcceptedKeys } from '../components/nats-keys.js';
import type { HomeLayout } from '../home-layout.js';
import { isConnections } from '../load-connections.js';
import { isRecord } from '../processes/recorded-processes.js';
import { isPorts } from '../settings/ports.js';
import { isSettings, type StackSettings } from '../settings/stack-settings.js';

/** Files of a home that the stack writes and can write again, each with the test of its content. */
function ownFiles(
  layout: HomeLayout,
): readonly { readonly path: string; readonly isValid: (value: unknown) => boolean }[] {
  return [
    { path: layout.connections, isValid: isConnections },
    { path: layout.ports, isValid: isPorts },
    { path: layout.settings, isValid: isSettings },
    { path: layout.processes, isValid: isRecord },
    { path: layout.status, isValid: Array.isArray },
    { path: layout.natsAccepted, isValid: isAcceptedKeys },
    { path: layout.workerSeals, isValid: isSealSecrets },
    { path: layout.logHead, isValid: (value) => typeof (value as { logId?: unknown } | null)?.logId === 'string' },
  ];
}

/** Files without a form of their own, which the servers write again when they start or while they run. */
function textFiles(layout: HomeLayout): readonly string[] {
  const seeds = (['admin', 'worker', 'cli', 'notary', 'sys'] as const).map((user) => layout.natsSeed(user));
  const credentials = [layout.roleId, layout.secretId, layout.cliRoleId, layout.cliSecretId, layout.authentikToken];
  return [layout.logId, ...seeds, ...credentials];
}

/** Returns a sentence for each file of a home that is empty or damaged. */
export function damagedFiles(layout: HomeLayout): readonly string[] {
  const files = ownFiles(layout).map(({ path, isValid }) => readJson(path, isValid).broken);
  const texts = textFiles(layout).map((path) => readText(path).broken);
  return [...files, ...texts].filter((broken) => broken !== null);
}

/** Writes files again that are missing or damaged, from the settings of the running stack. Returns a line for each. */
export function mendSettings(layout: HomeLayout, settings: StackSettings): readonly string[] {
  const contents = [
    { path: layout.connections, isValid: isConnections, content: settings.connections },
    { path: layout.ports, isValid: isPorts, content: settings.ports },
    { path: layout.settings, isValid: isSettings, content: settings },
  ];
  return contents.flatMap(({ path, isValid, content }) => {
    const { value, broken } = readJson(path, isValid);
    if (value !== null) return [];
    writeJson(path, content);
    return [`${broken ?? `${path} was missing`}; wrote it again`];
  });
}
