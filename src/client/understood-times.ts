import { optionOf, type Flag } from './input/flags.js';

/** Times that were not given as they stand in the input now, a sentence each; a person should see what was understood. */
export function understoodTimes(
  flags: readonly Flag[],
  options: Record<string, unknown>,
  input: Readonly<Record<string, unknown>>,
): string[] {
  return flags.flatMap(({ kind, flag, field }) => {
    const [text, at] = [optionOf(options, flag), input[field]];
    return kind === 'moment' && at !== text ? [`--${flag} ${JSON.stringify(text)} is ${JSON.stringify(at)}`] : [];
  });
}
