import type { Finding } from './safeguard.js';

/** Returns a finding that refuses the change because the present state speaks against it (exit code 4). */
export function conflictFinding(code: string, message: string, remedy?: string): Finding {
  return { refuses: true, kind: 'conflict', code, message, ...(remedy === undefined ? {} : { remedy }) };
}
