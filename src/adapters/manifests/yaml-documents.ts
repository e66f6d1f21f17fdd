import { Composer, CST, Lexer, Parser, type Document, type LineCounter } from 'yaml';

/** Levels of nesting; the deepest manifest has about six. */
const DEEPEST = 64;
/** Keys, values and marks between them in one document; the largest manifest has some hundreds. */
const MOST_PARTS = 100_000;

/** A document is nested so deep, or is so large, that reading it on could exhaust the memory or take minutes. */
export class TooMuch extends Error {
  constructor(
    readonly code: 'HEC001' | 'HEC004',
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

/**
 * The YAML documents of a text, one after another, broken ones with their errors. Throws {@link TooMuch} as soon as one is
 * nested too deep or too large, before anything recursive sees it. Keys that are given twice are no error here: the
 * library compares each with each.
 */
export function yamlDocuments(text: string, counter: LineCounter): Iterable<Document.Parsed> {
  const composer = new Composer({ lineCounter: counter, prettyErrors: false, logLevel: 'silent', uniqueKeys: false });
  return composer.compose(boundedTokens(text, counter));
}

function* boundedTokens(text: string, counter: LineCounter): Generator<CST.Token, void> {
  const parser = new Parser(counter.addNewLine);
  counter.addNewLine(0);
  let parts = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'document') parts = 0;
      yield token;
    }
    if (isPart(lexeme)) parts += 1;
    if (parts > MOST_PARTS) {
      const message = `a document has at most ${MOST_PARTS.toLocaleString('en')} keys, values and marks`;
      throw new TooMuch('HEC001', message, parser.offset);
    }
    if (parser.stack.length > DEEPEST) {
      throw new TooMuch('HEC004', `it is nested more than ${DEEPEST} levels deep`, parser.offset);
    }
  }
  yield* parser.end();
}

/** Scalars are announced by a mark of their own; spaces and line ends are no parts. */
function isPart(lexeme: string): boolean {
  return lexeme === CST.SCALAR || (lexeme.length === 1 && '-,:[{?'.includes(lexeme)) || /^[&*!]/.test(lexeme);
}
