/** Shares one run among callers within `windowMs` of its start: for looks at the world that many operations take at once. */
export function recently<T>(run: () => Promise<T>, windowMs: number, now: () => number): () => Promise<T> {
  let last: { readonly at: number; readonly answer: Promise<T> } | null = null;
  return () => {
    if (last && now() - last.at < windowMs) return last.answer;
    last = { at: now(), answer: run() };
    return last.answer;
  };
}
