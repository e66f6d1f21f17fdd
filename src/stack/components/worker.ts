import { readFileSync, rmSync } from 'node:fs';
import { homeLayout } from '../home-layout.js';
import { identify } from '../process-identity.js';
import type { StackSettings } from '../stack-settings.js';
import type { Component } from './component.js';

/** The Hecate worker; it says that it is ready by writing its pid into a file. */
export function workerComponent(settings: StackSettings): Component {
  const { workerReady } = homeLayout(settings.home);
  return {
    name: 'worker',
    version: settings.programs.worker?.version ?? null,
    prepare: async () => rmSync(workerReady, { force: true }),
    launch: {
      file: process.execPath,
      args: [settings.workerFile],
      env: { HECATE_HOME: settings.home },
      inheritEnv: true,
    },
    answers: async () => identify(Number(readFileSync(workerReady, 'utf8').trim())) !== null,
  };
}
