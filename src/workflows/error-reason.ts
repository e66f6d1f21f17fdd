/** Returns the message of an error's first cause: Temporal wraps what an activity throws several times. */
export function reasonOf(error: unknown): string {
  const root = firstCause(error);
  return root instanceof Error ? root.message : String(root);
}

/** Returns the innermost cause of an error. */
export function firstCause(error: unknown): unknown {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  return root;
}
