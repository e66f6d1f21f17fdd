/** Asks a person at a terminal. Returns null when stdin is no terminal, or the answer is empty. */
export async function asked(question: string): Promise<string | null> {
  if (!process.stdin.isTTY) return null;
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // At the end of the input, the question is never answered.
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  const answer = await Promise.race([terminal.question(question), ended]);
  terminal.close();
  return answer.trim() || null;
}

/** Asks a person at a terminal for consent. Returns false unless the answer is `y` or `yes`, also when stdin is no terminal. */
export async function confirmed(question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await asked(`${question} [y/N] `)) ?? '');
}
