/** What a hostile text repeats: one for each class of characters that patterns tell apart, and beginnings of what they look for. */
const UNITS = [
  ...[
    'a',
    'A',
    '0',
    ' ',
    '\t',
    '\n',
    '-',
    '_',
    '.',
    ':',
    '/',
    '@',
    '=',
    ',',
    ';',
    '"',
    "'",
    '`',
    '\\',
    '%',
    '#',
    '?',
    '&',
  ],
  ...[
    '[',
    ']',
    '{',
    '}',
    '(',
    ')',
    '<',
    '|',
    '*',
    '+',
    '~',
    '!',
    '$',
    '^',
    '\u202e',
    '\u200b',
    'é',
    'e\u0301',
    '👩‍👩‍👧',
    '\ud800',
  ],
  ...[
    'a.',
    'a:',
    'a/',
    'a@',
    'a=',
    'a,',
    'a ',
    'a-',
    '1.',
    '1:',
    ' :',
    ': ',
    '" ',
    '"a',
    '://',
    'a://',
    'a://b@',
    '/a/..',
  ],
  ...[
    '1h',
    '1ms',
    '%41',
    '\\x',
    '{{',
    'auth:',
    'auth ',
    'token=',
    'x-',
    'fatal:',
    'ago ',
    '- ',
    '::',
    '\r\n',
    '{"a":',
    '[[',
  ],
];
/** Beginnings that lead a pattern further in. */
const BEGINNINGS = [
  '',
  'https://',
  'unix/',
  'header:request:',
  'redirect:308:same:',
  'rate-limit:',
  'ip-allow:',
  'file://',
];
/** Ends that make a pattern fail after it has read everything. */
const ENDS = ['', '!'];

/** A family of texts: one for each length. */
export interface HostileText {
  /** Description for messages. */
  readonly name: string;
  of(length: number): string;
}

/** Returns families of texts on which a careless pattern takes more than linear time. `begin`: with beginnings of Hecate's own syntax. */
export function hostileTexts({ begin }: { readonly begin: boolean }): HostileText[] {
  return (begin ? BEGINNINGS : ['']).flatMap((beginning) =>
    UNITS.flatMap((unit) =>
      ENDS.map((end) => ({
        name: JSON.stringify(`${beginning}${unit}…${end}`),
        of: (length: number) => beginning + unit.repeat(Math.ceil(length / unit.length)) + end,
      })),
    ),
  );
}
