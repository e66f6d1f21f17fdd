import { spawn } from 'node:child_process';
import { forPerson } from './painted.js';
import { printText } from './output.js';

/** Quits when the text fits on one screen, shows colours, and leaves the text on the screen. */
const USUAL_PAGER = 'less -FRX';

/**
 * Prints a text through the pager that `PAGER` names, else `less`, and waits until the person leaves it. Prints the text
 * itself where the pager cannot be started.
 */
export async function printPaged(text: string, pager: string = process.env['PAGER'] || USUAL_PAGER): Promise<void> {
  const shown = forPerson(text);
  const [program = '', ...args] = pager.trim().split(/\s+/);
  const started = await new Promise<boolean>((resolve) => {
    const child = spawn(program, args, { stdio: ['pipe', 'inherit', 'inherit'] });
    // Ctrl-C is for the pager, which takes it as the end of a search.
    const ignore = () => undefined;
    process.on('SIGINT', ignore);
    const end = (hasStarted: boolean) => {
      process.off('SIGINT', ignore);
      resolve(hasStarted);
    };
    child.on('error', () => end(false));
    child.on('close', () => end(true));
    // A person may leave before everything was written.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${shown}\n`);
  });
  if (!started) printText(shown);
}
