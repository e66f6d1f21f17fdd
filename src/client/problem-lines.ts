import type { Problem } from '../domain/manifests/problems.js';

/** A problem as compilers print it: the place, what is wrong, and the line itself with a mark under the column. */
export function problemLines({ code, message, at }: Problem): string[] {
  if (at.line === 0) return [`${at.path}: ${code} ${message}`];
  const mark = `${' '.repeat(Math.max(0, Math.min(at.column - 1, at.text.length)))}^`;
  return [
    `${at.path}:${at.line}:${at.column}: ${code} ${message}`,
    `    ${at.text}`,
    ...(at.text === '' ? [] : [`    ${mark}`]),
  ];
}
