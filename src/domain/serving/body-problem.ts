/**
 * Fault of the body of an answer. `broken`: the connection ended in it. `silent`: no more bytes came until the time limit.
 * `undecodable`: it is not encoded as its `Content-Encoding` says.
 */
export type BodyProblem =
  | { readonly kind: 'broken' }
  | { readonly kind: 'silent'; readonly waitedMs: number }
  | { readonly kind: 'undecodable'; readonly encoding: string };

/** Returns a clause about an answer. */
export function bodyProblemText(problem: BodyProblem): string {
  switch (problem.kind) {
    case 'broken':
      return 'the answer breaks off';
    case 'silent':
      return `the answer does not end within ${problem.waitedMs / 1_000} s`;
    case 'undecodable':
      return `browsers cannot read the answer, which is not ${problem.encoding} as its Content-Encoding says`;
  }
}
