import { readJson, readText, writeJson } from '../../adapters/files/private-files.js';
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
    { path: layout.logHead, isValid: (value) => typeof (value as { logId?: unknown } | null)?.logId === 'string' },
  ];
}

/** Returns a sentence for each file of a home that is empty or damaged. */
export function damagedFiles(layout: HomeLayout): readonly string[] {
  const files = ownFiles(layout).map(({ path, isValid }) => readJson(path, isValid).broken);
  return [...files, readText(layout.logId).broken].filter((broken) => broken !== null);
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
