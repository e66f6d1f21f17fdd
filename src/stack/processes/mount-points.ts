import { readFileSync } from 'node:fs';

/** Returns the absolute paths on which file systems are mounted, from Linux's /proc/self/mountinfo; empty on other systems. */
export function mountPoints(file = '/proc/self/mountinfo'): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const path = line.split(' ')[4];
    return path === undefined ? [] : [unescaped(path)];
  });
}

/** Spaces, tabs, line breaks and backslashes are written as octal numbers; proc(5). */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
