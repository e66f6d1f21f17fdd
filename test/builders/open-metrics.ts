const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  summary: ['', '_sum', '_count', '_created'],
  info: ['_info'],
  unknown: [''],
};
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
const SAMPLE = new RegExp(
  `^([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{(?:${LABEL}(?:,${LABEL})*)?\\})? (-?[0-9.e+-]+|[+-]Inf|N[aA][nN])(?: [0-9.]+)?$`,
);

/** Returns what is wrong with a text in OpenMetrics 1.0: lines, order, names of values, doubled values, the end. */
export function openMetricsProblems(text: string): string[] {
  const problems: string[] = [];
  const known = new Map<string, string>();
  const values = new Set<string>();
  if (!text.endsWith('# EOF\n')) problems.push('does not end with # EOF');
  let family = '';
  for (const line of text.slice(0, text.lastIndexOf('# EOF')).split('\n').slice(0, -1)) {
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE|UNIT) (\S+) (.*)$/.exec(line) ?? [];
    if (word !== undefined) {
      if (name !== family && known.has(name)) problems.push(`${name} comes twice`);
      family = name;
      if (word === 'TYPE' && !(rest in SUFFIXES)) problems.push(`unknown type: ${line}`);
      known.set(name, word === 'TYPE' ? rest : (known.get(name) ?? 'unknown'));
      continue;
    }
    const [, metric, labels = ''] = SAMPLE.exec(line) ?? [];
    if (metric === undefined) problems.push(`not a value: ${line}`);
    else if (!(SUFFIXES[known.get(family) ?? ''] ?? []).some((suffix) => metric === family + suffix))
      problems.push(`${metric} is no value of ${family}`);
    else if (values.has(metric + labels)) problems.push(`${metric}${labels} comes twice`);
    else values.add(metric + labels);
  }
  return problems;
}
