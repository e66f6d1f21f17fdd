import { sortKeys, type Choices } from './view.js';

/** A key as `readline` names it. */
export interface Key {
  /** Name such as `up`, `return` or `q`; absent for a character without a name. */
  readonly name?: string | undefined;
  /** The characters that the terminal sent. */
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly shift?: boolean | undefined;
}

/** Result of a key: other choices, or something to do. */
export type Pressed = Choices | 'quit' | 'suspend' | 'look';

/** The routes that are shown now, by their domains, and how many fit on one page. */
export interface Shown {
  readonly domains: readonly string[];
  readonly page: number;
}

/** Longest filter, in characters. */
const LONGEST_FILTER = 100;

/** Returns what a key does. */
export function pressed(choices: Choices, key: Key, shown: Shown): Pressed {
  if (key.ctrl === true && key.name === 'c') return 'quit';
  if (key.ctrl === true && key.name === 'z') return 'suspend';
  if (choices.isTyping) return typed(choices, key);
  const move = movement(key, shown);
  if (move !== null) {
    const last = Math.max(0, shown.domains.length - 1);
    return { ...choices, selected: Math.max(0, Math.min(last, Math.min(choices.selected, last) + move)) };
  }
  if (key.name === 'escape') return choices.showsHelp ? { ...choices, showsHelp: false } : { ...choices, filter: '' };
  if (key.name === 'return' || key.name === 'enter' || key.name === 'space') return toggled(choices, shown);
  switch (key.sequence ?? '') {
    case 'q':
      return 'quit';
    case 'u':
      return 'look';
    case '?':
      return { ...choices, showsHelp: !choices.showsHelp };
    case '/':
      return { ...choices, isTyping: true, showsHelp: false };
    case 's':
      return { ...choices, sort: sortAfter(choices.sort, 1) };
    case 'S':
      return { ...choices, sort: sortAfter(choices.sort, -1) };
    case 'r':
      return { ...choices, isReversed: !choices.isReversed };
    case 'a':
      return { ...choices, opened: choices.opened === 'all' ? new Set() : 'all' };
    default:
      return choices;
  }
}

function typed(choices: Choices, { name, sequence = '', ctrl }: Key): Choices {
  if (name === 'return' || name === 'enter') return { ...choices, isTyping: false };
  if (name === 'escape') return { ...choices, isTyping: false, filter: '' };
  if (name === 'backspace') return { ...choices, filter: [...choices.filter].slice(0, -1).join(''), selected: 0 };
  if (ctrl === true || !/^[^\p{Cc}]+$/u.test(sequence)) return choices;
  return { ...choices, filter: (choices.filter + sequence).slice(0, LONGEST_FILTER), selected: 0 };
}

/** Lines by which a key moves the selection; null: it does not. */
function movement({ name, sequence }: Key, { domains, page }: Shown): number | null {
  if (name === 'up' || sequence === 'k') return -1;
  if (name === 'down' || sequence === 'j') return 1;
  if (name === 'pageup') return -page;
  if (name === 'pagedown') return page;
  if (name === 'home') return -domains.length;
  return name === 'end' ? domains.length : null;
}

function toggled(choices: Choices, { domains }: Shown): Choices {
  const domain = domains[Math.min(choices.selected, domains.length - 1)];
  if (domain === undefined) return choices;
  const opened = new Set(choices.opened === 'all' ? domains : choices.opened);
  if (!opened.delete(domain)) opened.add(domain);
  return { ...choices, opened };
}

function sortAfter(sort: Choices['sort'], step: number): Choices['sort'] {
  const at = sortKeys.indexOf(sort) + step + sortKeys.length;
  return sortKeys[at % sortKeys.length] ?? sort;
}
