import { Command } from 'commander';
import { addFlags, flagsOf, inputOf } from '../../src/client/input/flags.js';
import type { State } from '../../src/domain/log/state.js';
import type { Decision } from '../../src/operations/operation.js';
import { catalogue } from '../../src/operations/catalogue.js';
import type { Answers } from '../../src/operations/questions.js';
import { guarded } from './guarded.js';

/** What a person writes in the place of each placeholder of an advice. */
const WRITTEN = { 'HOST:PORT': '10.9.9.9:80', N: '5000', SIZE: '900GB', GROUP: 'staff', PATH: '/well' };

/** Decides the command that an advice prints, with the safeguards, as if a person had typed it. */
export function carriedOut(advice: string | null, state: State, answers: Answers): Decision {
  const [, text = ''] = /hecate (.+)$/.exec(advice ?? '') ?? [];
  const words = text.split(' ').map((word) => {
    const placeholder = /HOST:PORT|\b(?:N|SIZE|GROUP|PATH)\b/;
    return word.replace(placeholder, (found) => WRITTEN[found as keyof typeof WRITTEN]);
  });
  const fits = catalogue.filter(({ path, selectedBy }) => {
    const isOfPath = path.every((word, index) => words[index] === word);
    const selects = selectedBy?.some((field) =>
      words.some((word) => word.startsWith(`--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`)),
    );
    return isOfPath && (selects ?? true);
  });
  const operation = fits.find(({ selectedBy }) => selectedBy !== undefined) ?? fits[0];
  if (operation === undefined) throw new Error(`no operation carries out: ${advice}`);
  const flags = flagsOf(operation);
  const command = new Command().exitOverride();
  addFlags(command, flags);
  command.parse(words.slice(operation.path.length), { from: 'user' });
  return guarded(operation, state, inputOf(operation, flags, command.opts()), answers);
}
