import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { type Json, unpacked } from './recorded-exchanges.js';

type Schema = { [key: string]: unknown };
type Content = { content?: { 'application/json'?: { schema?: Schema } } };
type Operation = {
  parameters?: { name: string; in: string }[];
  requestBody?: Content;
  responses: Record<string, Content>;
};
type Reference = { $ref?: string };
type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: Record<'schemas' | 'parameters' | 'responses', Record<string, Schema>>;
};

/** An exchange as the document sees it; `path` is below /api/v3. */
export type Seen = { method: string; path: string; request: Json; status: number; response: Json };

/** Says where an exchange departs from authentik's API document. */
export function createApiDocument() {
  const document = parse(unpacked('openapi.yaml.gz'), { maxAliasCount: -1 }) as Document;
  const ajv = createAjv(document);
  const compiled = new Map<string, ValidateFunction>();
  const check = (schema: Schema, value: Json): string[] => {
    const key = JSON.stringify(schema);
    const validate = compiled.get(key) ?? ajv.compile(converted(schema) as Schema);
    compiled.set(key, validate);
    return validate(value) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  };
  const templates = Object.keys(document.paths).map((path) => ({
    path,
    pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
    placeholders: path.split('{').length,
  }));
  return (seen: Seen): string[] => {
    const [path = '', search = ''] = seen.path.split('?');
    const template = templates
      .filter(({ pattern }) => pattern.test(path))
      .sort((a, b) => a.placeholders - b.placeholders)[0];
    const found = template && document.paths[template.path]?.[seen.method.toLowerCase()];
    const operation = found && resolved(found, document);
    if (!operation) return seen.status < 400 ? [`${seen.method} ${path} is not in the document`] : [];
    const isFine = seen.status < 400;
    const asked = isFine
      ? [...queryProblems(operation, search), ...requestProblems(operation, seen.request, check)]
      : [];
    return [...asked, ...answerProblems(operation, seen, check)];
  };
}

/** The operation with its shared parameters and answers in place. */
function resolved(operation: Operation, { components }: Document): Operation {
  const shared = <Part>(part: Part & Reference, kind: 'parameters' | 'responses'): Part =>
    part.$ref ? (components[kind][part.$ref.split('/').at(-1)!] as Part) : part;
  const responses = Object.entries(operation.responses).map(([status, part]) => [status, shared(part, 'responses')]);
  return {
    ...operation,
    parameters: (operation.parameters ?? []).map((part) => shared(part, 'parameters')),
    responses: Object.fromEntries(responses) as Operation['responses'],
  };
}

type Check = (schema: Schema, value: Json) => string[];

function queryProblems({ parameters = [] }: Operation, search: string): string[] {
  const known = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  return [...new URLSearchParams(search).keys()]
    .filter((name) => !known.includes(name))
    .map((name) => `query parameter ${name} is not in the document`);
}

function requestProblems({ requestBody }: Operation, request: Json, check: Check): string[] {
  const schema = requestBody?.content?.['application/json']?.schema;
  return schema && request !== null ? check(schema, request).map((problem) => `request ${problem}`) : [];
}

function answerProblems(operation: Operation, { status, response }: Seen, check: Check): string[] {
  const described = operation.responses[String(status)];
  if (!described) return status < 400 ? [`status ${status} is not in the document`] : [];
  const schema = described.content?.['application/json']?.schema;
  if (!schema) return response === null ? [] : ['an answer where the document has none'];
  return check(answerSchema(schema, response), response).map((problem) => `answer ${problem}`);
}

/** A challenge is of the kind that its `component` names. */
function answerSchema(schema: Schema, response: Json): Schema {
  if (schema['$ref'] !== '#/components/schemas/ChallengeTypes') return schema;
  const kinds: Record<string, string> = {
    'ak-stage-identification': 'IdentificationChallenge',
    'ak-stage-password': 'PasswordChallenge',
    'ak-stage-authenticator-validate': 'AuthenticatorValidationChallenge',
    'ak-stage-authenticator-totp': 'AuthenticatorTOTPChallenge',
    'ak-stage-access-denied': 'AccessDeniedChallenge',
    'ak-stage-flow-error': 'FlowErrorChallenge',
    'ak-stage-consent': 'ConsentChallenge',
    'xak-flow-redirect': 'RedirectChallenge',
  };
  const { component } = response as { component: string };
  return { $ref: `#/components/schemas/${kinds[component]}` };
}

const formats: Record<string, RegExp> = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/,
  uri: /^[a-z]+:\S+$/,
  email: /^$|^\S+@\S+$/,
};

function createAjv({ components }: Document): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
  for (const name of ['double', 'float', 'int64', 'binary', 'byte', 'date']) ajv.addFormat(name, true);
  for (const [name, pattern] of Object.entries(formats)) ajv.addFormat(name, pattern);
  ajv.addSchema({ $id: 'document', components: { schemas: converted(components.schemas) } });
  return ajv;
}

/** OpenAPI 3.0 into JSON Schema: `nullable`, and references into the document. */
function converted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(converted);
  if (value === null || typeof value !== 'object') return value;
  const { nullable, discriminator: _discriminator, ...schema } = value as Schema;
  const rest = Object.fromEntries(Object.entries(schema).map(([key, entry]) => [key, convertedEntry(key, entry)]));
  return nullable === true ? { anyOf: [rest, { type: 'null' }] } : rest;
}

const convertedEntry = (key: string, entry: unknown) =>
  key === '$ref' && typeof entry === 'string' ? entry.replace(/^#/, 'document#') : converted(entry);
