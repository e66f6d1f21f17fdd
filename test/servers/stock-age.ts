import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { serversFolder } from '../../src/stack/servers/ensure-server.js';

/** Version in `age/go.mod`. */
const VERSION = '1.2.1';

/** Returns the path of the real `age`, built once with Go from the modules that `age/go.mod` pins. */
export function stockAge(): string {
  const folder = join(serversFolder(process.env), `age-${VERSION}`);
  const program = join(folder, 'age');
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const built = `${program}.${process.pid}`;
  const args = ['build', '-buildvcs=false', '-o', built, 'filippo.io/age/cmd/age'];
  execFileSync('go', args, { cwd: join(process.cwd(), 'test/servers/age'), stdio: ['ignore', 2, 2] });
  renameSync(built, program);
  return program;
}
