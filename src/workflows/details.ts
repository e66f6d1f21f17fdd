import { actorText } from '../domain/log/commit.js';
import type { Initiator } from '../ports/workflows.js';

/** Returns a workflow's details in Markdown for the Web UI: a heading, named facts, and what happened so far. */
export function details(
  heading: string,
  facts: readonly (readonly [name: string, text: string | null | undefined])[],
  lines: readonly string[] = [],
): string {
  const listed = facts.flatMap(([name, text]) =>
    text === null || text === undefined ? [] : [`- **${name}**: ${markdown(text)}`],
  );
  const happened = lines.map((line) => `1. ${markdown(line)}`);
  return [`### ${markdown(heading)}`, listed.join('\n'), happened.join('\n')]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Returns an actor and a reason in Markdown, as Temporal keeps them beside a run from its start. */
export function whoAndWhy({ reason, ...who }: Initiator): string {
  return `by **${markdown(actorText(who))}**${reason === null ? '' : `: ${markdown(reason)}`}`;
}

/** Escapes a text so that Markdown shows it unchanged, on one line. The Web UI turns `--` into a dash. */
export function markdown(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]<>#|~!]/g, (mark) => `\\${mark}`)
    .replaceAll('--', '\\-\\-');
}

/** Returns a text of {@link whoAndWhy} without its Markdown. */
export function withoutMarkdown(text: string): string {
  return text.replace(/\\(.)|\*\*/g, (_, escaped: string | undefined) => escaped ?? '');
}
