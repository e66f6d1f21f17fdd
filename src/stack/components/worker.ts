import { readFileSync, rmSync } from 'node:fs';
import { homeLayout } from '../home-layout.js';
import { identify } from '../processes/process-identity.js';
import type { StackSettings } from '../settings/stack-settings.js';
import type { Component } from './component.js';

/** Hecate's worker. It writes its pid into a file when it is ready. */
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
