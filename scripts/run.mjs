// Installs and builds, then runs a script: node scripts/run.mjs FILE [ARGUMENTS].
import { spawnSync } from 'node:child_process';
import { install } from './install.mjs';

install();
const { status } = spawnSync(process.execPath, process.argv.slice(2), { stdio: 'inherit' });
process.exit(status ?? 1);
