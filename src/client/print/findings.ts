import { z } from 'zod';
import { severities, type Finding, type Severity } from '../../domain/dns/finding.js';
import { outputWidth, wrapTo } from './width.js';
import { oneLine } from './visible.js';

const MARKS: Record<Severity, string> = { error: 'FAIL', warning: 'WARN', info: 'info' };
const INDENT = ' '.repeat(5);

/** Findings for `-o json`. */
export const findingShape = z.strictObject({
  name: z.string(),
  severity: z.enum(severities),
  explanation: z.string(),
  detail: z.string(),
});

/** Returns findings for a person; one line says so when there are none. */
export function findingLines(findings: readonly Finding[]): string[] {
  if (findings.length === 0) return ['ok   nothing is wrong'];
  return findings.flatMap(({ name, severity, explanation, detail }) => [
    ...wrapped(`${MARKS[severity]} ${name}: ${oneLine(detail)}`),
    ...wrapped(INDENT + explanation),
  ]);
}

function wrapped(line: string): string[] {
  const width = outputWidth();
  if (line.length <= width) return [line];
  const [first = '', ...rest] = wrapTo(line, width - INDENT.length);
  return [first, ...rest.map((text) => INDENT + text)];
}
