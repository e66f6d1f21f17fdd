/** Most changed lines that are aligned. Beyond, the rest counts as replaced. */
const MOST_EDITS = 1_000;
const CONTEXT = 3;

/** Returns the unified diff from one text to another, without the lines that name files; empty: they are equal. */
export function unifiedDiff(before: string, after: string): string[] {
  const edits = editsOf(before.split('\n'), after.split('\n'));
  const shown = new Set<number>();
  edits.forEach(({ mark }, index) => {
    if (mark !== ' ') for (let near = index - CONTEXT; near <= index + CONTEXT; near++) shown.add(near);
  });
  const lines: string[] = [];
  let [left, right] = [1, 1];
  edits.forEach(({ mark, text }, index) => {
    if (shown.has(index)) {
      if (!shown.has(index - 1)) lines.push(`@@ -${left} +${right} @@`);
      lines.push(mark + text);
    }
    if (mark !== '+') left += 1;
    if (mark !== '-') right += 1;
  });
  return lines;
}

interface Edit {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** The shortest edits, by Myers' algorithm: the furthest point on each diagonal with each number of edits. */
function editsOf(before: readonly string[], after: readonly string[]): Edit[] {
  const steps: Map<number, number>[] = [];
  const furthest = new Map([[1, 0]]);
  const at = (diagonal: number) => furthest.get(diagonal) ?? -1;
  for (let edits = 0; edits <= Math.min(MOST_EDITS, before.length + after.length); edits++) {
    steps.push(new Map(furthest));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const isDown = diagonal === -edits || (diagonal !== edits && at(diagonal - 1) < at(diagonal + 1));
      let x = isDown ? at(diagonal + 1) : at(diagonal - 1) + 1;
      while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal]) x++;
      furthest.set(diagonal, x);
      if (x >= before.length && x - diagonal >= after.length) return traced(before, after, steps);
    }
  }
  return [...marked('-', before), ...marked('+', after)];
}

function marked(mark: Edit['mark'], lines: readonly string[]): Edit[] {
  return lines.map((text) => ({ mark, text }));
}

function traced(before: readonly string[], after: readonly string[], steps: readonly Map<number, number>[]): Edit[] {
  const found: Edit[] = [];
  let [x, y] = [before.length, after.length];
  for (let edits = steps.length - 1; edits >= 0; edits--) {
    const at = (diagonal: number) => steps[edits]?.get(diagonal) ?? -1;
    const diagonal = x - y;
    const isDown = diagonal === -edits || (diagonal !== edits && at(diagonal - 1) < at(diagonal + 1));
    const from = isDown ? diagonal + 1 : diagonal - 1;
    const [startX, startY] = edits === 0 ? [0, 0] : [at(from), at(from) - from];
    while (x > startX && y > startY) {
      x--;
      y--;
      found.push({ mark: ' ', text: before[x] ?? '' });
    }
    if (edits === 0) break;
    if (isDown) found.push({ mark: '+', text: after[--y] ?? '' });
    else found.push({ mark: '-', text: before[--x] ?? '' });
  }
  return found.toReversed();
}
