import { Composer, Lexer, Parser, type CST, type Document, type LineCounter } from 'yaml';

/** Levels of nesting; the deepest manifest has about six. */
const DEEPEST = 64;

/** A text is nested so deep that reading it on could exhaust the memory. */
export class TooDeep extends Error {
  constructor(readonly offset: number) {
    super(`it is nested more than ${DEEPEST} levels deep`);
  }
}

/**
 * The YAML documents of a text, broken ones with their errors. Throws {@link TooDeep} as soon as the nesting is too deep,
 * before anything recursive sees it.
 */
export function yamlDocuments(text: string, counter: LineCounter): Document.Parsed[] {
  const composer = new Composer({ lineCounter: counter, prettyErrors: false, logLevel: 'silent' });
  return [...composer.compose(shallowTokens(text, counter))];
}

function* shallowTokens(text: string, counter: LineCounter): Generator<CST.Token, void> {
  const parser = new Parser(counter.addNewLine);
  counter.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > DEEPEST) throw new TooDeep(parser.offset);
  }
  yield* parser.end();
}
