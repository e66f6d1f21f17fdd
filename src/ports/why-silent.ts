/** Why something did not answer, for a person: the system's own code, or that the time was over; never a riddle of the client's. */
export function whySilent(error: unknown): string {
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    if (one.name === 'TimeoutError' || one.name === 'AbortError') return 'no answer in time';
    const { code } = one as { code?: unknown };
    if (typeof code === 'string') return code;
    if (!(one.cause instanceof Error)) return one.message;
  }
  return String(error);
}
