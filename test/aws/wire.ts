// AWS's three wire protocols: reads the operation and its input from a request, and writes answers and refusals.
import { randomUUID } from 'node:crypto';
import { AwsError, spell } from './failure.ts';
import { type Model, type Operation, type Shape, shape } from './model.ts';
import { readForm, writeXml } from './query.ts';
import type { SignedRequest } from './signature.ts';
import { convert, escapeXml } from './text.ts';

export interface Decoded {
  operation: Operation;
  input: Record<string, unknown>;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

/** Reads a request by its service's protocol; undefined when it names no operation of the model. */
export function decode(model: Model, request: SignedRequest): Decoded | undefined {
  const { protocol } = model.metadata;
  if (protocol === 'rest-json') return decodeRest(model, request);
  if (protocol === 'query') {
    const form = new URLSearchParams(request.body.toString('utf8'));
    const operation = model.operations[form.get('Action') ?? ''];
    if (!operation || form.get('Version') !== model.metadata.apiVersion || request.method !== 'POST') return undefined;
    return { operation, input: readForm(model, operation.input?.shape, form) };
  }
  const [prefix, name = ''] = String(request.headers['x-amz-target']).split('.');
  const operation = model.operations[name];
  const isJson = request.headers['content-type'] === contentType(model);
  if (!operation || prefix !== model.metadata.targetPrefix || !isJson) return undefined;
  return { operation, input: parseObject(request.body) };
}

function contentType({ metadata }: Model): string {
  return `application/x-amz-json-${metadata.jsonVersion ?? '1.1'}`;
}

function parseObject(body: Buffer): Record<string, unknown> {
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  } catch {
    throw new AwsError('SerializationException', 'The request is not JSON', 400);
  }
}

function decodeRest(model: Model, request: SignedRequest): Decoded | undefined {
  const [path = '', query = ''] = request.url.split('?');
  for (const operation of Object.values(model.operations)) {
    const labels = operation.http.method === request.method ? matchPath(operation.http.requestUri, path) : undefined;
    if (!labels) continue;
    const rule: Shape = operation.input ? shape(model, operation.input.shape) : { type: 'structure' };
    const input: Record<string, unknown> = {};
    const parameters = new URLSearchParams(query);
    for (const [name, member] of Object.entries(rule.members ?? {})) {
      const key = member.locationName ?? name;
      if (member.location === 'querystring' && shape(model, member.shape).type === 'list') {
        if (parameters.has(key)) input[name] = parameters.getAll(key);
        parameters.delete(key);
        continue;
      }
      const text =
        member.location === 'uri'
          ? labels[key]
          : member.location === 'querystring'
            ? (parameters.get(key) ?? undefined)
            : member.location === 'header'
              ? (request.headers[key.toLowerCase()] as string | undefined)
              : undefined;
      if (text !== undefined) input[name] = convert(shape(model, member.shape).type, text);
      parameters.delete(key);
    }
    for (const key of parameters.keys()) input[key] = parameters.get(key); // to be refused
    if (rule.payload) input[rule.payload] = request.body;
    else Object.assign(input, parseObject(request.body));
    return { operation, input };
  }
  return undefined;
}

/** The labels of a path such as `/functions/{FunctionName}/versions`. A slash at the end makes no difference. */
function matchPath(template: string, path: string): Record<string, string> | undefined {
  const wanted = template.replace(/\/$/, '').split('/');
  const parts = path.replace(/\/$/, '').split('/');
  if (wanted.length !== parts.length) return undefined;
  const labels: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const label = /^\{(\w+)\+?\}$/.exec(part)?.[1];
    if (label) labels[label] = decodeURIComponent(parts[i] ?? '');
    else if (part !== parts[i]) return undefined;
  }
  return labels;
}

/** Writes an answer; `output` has the names and types of the model, dates as Date. */
export function encode(model: Model, operation: Operation, output: Record<string, unknown>): Answer {
  const id = randomUUID();
  const status = operation.http.responseCode ?? 200;
  const headers: Record<string, string> = { 'x-amzn-requestid': id };
  const { protocol } = model.metadata;
  if (protocol === 'query') {
    return {
      status,
      headers: { ...headers, 'content-type': 'text/xml' },
      body: writeXml(model, operation, output, id),
    };
  }
  if (protocol === 'json') {
    headers['content-type'] = contentType(model);
    return { status, headers, body: operation.output ? JSON.stringify(output, seconds) : '' };
  }
  const rule: Shape = operation.output ? shape(model, operation.output.shape) : { type: 'structure' };
  const rest = { ...output };
  let chosen = status;
  for (const [name, { location, locationName = name }] of Object.entries(rule.members ?? {})) {
    if (rest[name] === undefined || !location) continue;
    if (location === 'statusCode') chosen = rest[name] as number;
    else headers[locationName.toLowerCase()] = String(rest[name]);
    delete rest[name];
  }
  headers['content-type'] = 'application/json';
  const body = rule.payload ? ((rest[rule.payload] ?? '') as Uint8Array) : JSON.stringify(rest);
  return { status: chosen, headers, body: chosen === 204 ? '' : body };
}

/** In JSON 1.1 dates are seconds since the epoch. JSON.stringify turns them into text before we see them. */
function seconds(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const raw = this[key];
  return raw instanceof Date ? raw.getTime() / 1000 : value;
}

/** Writes a refusal. */
export function encodeError(model: Model, error: AwsError): Answer {
  const { code, status } = spell(error, model);
  const id = randomUUID();
  const headers: Record<string, string> = { 'x-amzn-requestid': id };
  if (model.metadata.protocol === 'query') {
    const type = status < 500 ? 'Sender' : 'Receiver';
    const text = `<Error><Type>${type}</Type><Code>${code}</Code><Message>${escapeXml(error.message)}</Message></Error>`;
    const xmlns = model.metadata.xmlNamespace;
    const body = `<ErrorResponse xmlns="${xmlns}">${text}<RequestId>${id}</RequestId></ErrorResponse>`;
    return { status, headers: { ...headers, 'content-type': 'text/xml' }, body };
  }
  if (model.metadata.protocol === 'json') {
    headers['content-type'] = contentType(model);
    return { status, headers, body: JSON.stringify({ __type: code, message: error.message }) };
  }
  headers['content-type'] = 'application/json';
  headers['x-amzn-errortype'] = code;
  const { members = {} } = model.shapes[code] ?? {};
  const body = { ...(members.Type ? { Type: 'User' } : {}), [members.Message ? 'Message' : 'message']: error.message };
  return { status, headers, body: JSON.stringify(body) };
}
