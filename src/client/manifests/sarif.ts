import { lintRules } from '../../domain/lint/lint.js';
import type { Severity } from '../../domain/lint/rule.js';
import { problemTitles } from '../../domain/manifests/problems.js';
import type { Finding } from './findings.js';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
};

/** Returns findings as a SARIF 2.1.0 log, for code review tools. Paths are those of the findings. */
export function sarifOf(findings: readonly Finding[]) {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'hecate', rules: rules() } }, results: findings.map(result) }],
  };
}

/** Returns a SARIF log with the reason why nothing could be checked. */
export function sarifOfError(text: string) {
  const notification = { level: 'error', message: { text } };
  const invocation = { executionSuccessful: false, toolExecutionNotifications: [notification] };
  const { runs, ...log } = sarifOf([]);
  return { ...log, runs: runs.map((run) => ({ ...run, invocations: [invocation] })) };
}

function rules() {
  const problems = Object.entries(problemTitles).map(([code, title]) => rule(code, title, 'error'));
  return [...problems, ...lintRules.map(({ code, title, severity }) => rule(code, title, severity))];
}

function rule(id: string, text: string, severity: Severity) {
  return { id, shortDescription: { text }, defaultConfiguration: { level: LEVELS[severity] } };
}

function result({ code, severity, message, path, line, column, text }: Finding) {
  const region = { startLine: line, startColumn: column, snippet: { text } };
  const physicalLocation = {
    artifactLocation: { uri: encodeURI(path) },
    // A finding about a whole file has no line.
    ...(line === 0 ? {} : { region }),
  };
  return { ruleId: code, level: LEVELS[severity], message: { text: message }, locations: [{ physicalLocation }] };
}
