// The live view of `read monitor`: its facts, how it is drawn, and the terminal. A bundle of its own, loaded when it is used;
// may import print, reads and the domain.
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../ports/failure.js';
import { visible } from '../print/visible.js';
import { monitorFacts, type MonitorFacts, type MonitorSources } from './facts.js';
import { pressed, type Key } from './keys.js';
import { enterScreen } from './screen.js';
import { drawMonitor, shownRoutes, usualChoices, type Choices } from './view.js';

export { monitorFacts, type MonitorFacts } from './facts.js';
export { plainMonitor } from './view.js';

/** Time between two drawings, so that countdowns run. */
const REDRAW_MS = 1_000;

/**
 * Shows the monitor on the whole terminal until the person quits, and ends the process with 0; with 128 + n after SIGTERM or
 * SIGHUP. The terminal is left as it was. Throws `Failure` when nothing can be read at the start; later the last facts stay.
 */
export async function runMonitor(sources: MonitorSources, intervalMs: number): Promise<never> {
  let facts = await monitorFacts(sources, intervalMs, new Date().toISOString());
  let problem: string | null = null;
  let choices = usualChoices;
  let wake = new AbortController();
  const screen = enterScreen(process.stdin, process.stdout, { onKey, onResize: redraw });
  const quit = (code: number): never => {
    screen.leave();
    process.exit(code);
  };
  process.on('SIGINT', () => quit(0));
  process.on('SIGTERM', () => quit(128 + 15));
  process.on('SIGHUP', () => quit(128 + 1));
  setInterval(redraw, REDRAW_MS);
  try {
    for (;;) {
      redraw();
      await sleep(intervalMs, undefined, { signal: wake.signal }).catch(() => undefined);
      wake = new AbortController();
      const looked = await lookAgain();
      facts = looked.facts;
      problem = looked.problem;
    }
  } finally {
    screen.leave();
  }

  function redraw(): void {
    const shown = problem === null ? facts : { ...facts, problems: [problem, ...facts.problems] };
    screen.draw(drawMonitor(shown, choices, screen.size(), new Date().toISOString()));
  }

  function onKey(key: Key): void {
    const domains = shownRoutes(facts, choices).map(({ domain }) => domain);
    const after = pressed(choices, key, { domains, page: Math.max(1, screen.size().height - 5) });
    act(after);
  }

  function act(after: Choices | 'quit' | 'suspend' | 'look'): void {
    switch (after) {
      case 'quit':
        return quit(0);
      case 'suspend':
        return screen.suspend();
      case 'look':
        return wake.abort();
      default:
        choices = after;
        redraw();
    }
  }

  async function lookAgain(): Promise<{ readonly facts: MonitorFacts; readonly problem: string | null }> {
    try {
      return { facts: await monitorFacts(sources, intervalMs, new Date().toISOString()), problem: null };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { facts, problem: `${visible(error.message)}; showing what was known before` };
    }
  }
}
