import { Composer, CST, Lexer, Parser, type Document, type LineCounter } from 'yaml';

/** Largest nesting depth. The deepest manifest has about six levels. */
const DEEPEST = 64;
/** Largest number of keys, values and punctuation marks in a document. The largest manifest has some hundreds. */
const MOST_PARTS = 100_000;
/** Errors after which the rest of a text is not read: each costs time, and a hundred are shown. */
const MOST_ERRORS = 100;

/** A document exceeds a limit: reading on could exhaust the memory or take minutes. */
export class YamlLimitError extends Error {
  constructor(
    readonly code: 'HEC001' | 'HEC004',
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

/**
 * Parses the YAML documents of a text one by one; a broken one has its errors. Throws {@link YamlLimitError} as soon as one
 * is too deep or too large, before recursive code sees it. Does not check for duplicate keys, since the library takes
 * quadratic time for that.
 */
export function yamlDocuments(text: string, counter: LineCounter): Iterable<Document.Parsed> {
  const composer = new Composer({ lineCounter: counter, prettyErrors: false, logLevel: 'silent', uniqueKeys: false });
  return composer.compose(boundedTokens(text, counter));
}

function* boundedTokens(text: string, counter: LineCounter): Generator<CST.Token, void> {
  const parser = new Parser(counter.addNewLine);
  counter.addNewLine(0);
  let parts = 0;
  let errors = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'document') parts = 0;
      yield token;
      if (token.type === 'error' && ++errors > MOST_ERRORS) return;
    }
    if (isPart(lexeme)) parts += 1;
    if (parts > MOST_PARTS) {
      const most = MOST_PARTS.toLocaleString('en');
      const message = `a document may have at most ${most} keys, values and punctuation marks; split it into several, with --- between them`;
      throw new YamlLimitError('HEC001', message, parser.offset);
    }
    if (parser.stack.length > DEEPEST) {
      throw new YamlLimitError('HEC004', `YAML may be nested at most ${DEEPEST} levels deep`, parser.offset);
    }
  }
  yield* parser.end();
}

/** Counts keys, values and punctuation. The lexer emits a mark before each scalar; spaces and line ends do not count. */
function isPart(lexeme: string): boolean {
  return lexeme === CST.SCALAR || (lexeme.length === 1 && '-,:[{?]}'.includes(lexeme)) || /^[&*!]/.test(lexeme);
}
