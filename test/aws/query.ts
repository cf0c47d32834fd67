// The query protocol of IAM and STS: a form such as `Tags.member.1.Key=a` in, XML out.
import { type Model, type Operation, shape } from './model.ts';
import { convert, escapeXml } from './text.ts';

/** Turns a form into the structure of the model. A field that the model does not know stays in it, and is refused later. */
export function readForm(model: Model, name: string | undefined, form: URLSearchParams): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const [key, text] of form) {
    if (key === 'Action' || key === 'Version') continue;
    put(model, name ?? '', input, key.split('.'), text);
  }
  return input;
}

function put(model: Model, name: string, target: Record<string, unknown>, path: string[], text: string): void {
  const [key = '', ...rest] = path;
  const member = model.shapes[name]?.members?.[key];
  const rule = member && shape(model, member.shape);
  if (!member || (rest.length === 0) !== !['structure', 'list', 'map'].includes(rule?.type ?? '')) {
    target[path.join('.')] = text;
  } else if (rule?.type === 'list') {
    if (rest.length === 1 && text === '')
      target[key] = []; // the CLI's empty list
    else {
      target[key] ??= [];
      putItem(model, rule.member?.shape ?? '', target[key] as unknown[], rest, text);
    }
  } else if (rule?.type === 'structure') {
    target[key] ??= {};
    put(model, member.shape, target[key] as Record<string, unknown>, rest, text);
  } else target[key] = convert(rule?.type ?? 'string', text);
}

function putItem(model: Model, name: string, list: unknown[], path: string[], text: string): void {
  const [, index = '', ...rest] = path;
  const place = Number(index) - 1;
  if (rest.length === 0) list[place] = convert(shape(model, name).type, text);
  else {
    list[place] ??= {};
    put(model, name, list[place] as Record<string, unknown>, rest, text);
  }
}

export function writeXml(model: Model, operation: Operation, output: Record<string, unknown>, id: string): string {
  const { name, output: result } = operation;
  const inner = result ? members(model, result.shape, output) : '';
  const wrapper = result?.resultWrapper;
  const body = wrapper ? `<${wrapper}>${inner}</${wrapper}>` : inner;
  const metadata = `<ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata>`;
  return `<${name}Response xmlns="${model.metadata.xmlNamespace}">${body}${metadata}</${name}Response>`;
}

function members(model: Model, name: string, value: Record<string, unknown>): string {
  return Object.entries(shape(model, name).members ?? {})
    .filter(([key]) => value[key] !== undefined)
    .map(([key, member]) => `<${key}>${text(model, member.shape, value[key])}</${key}>`)
    .join('');
}

function text(model: Model, name: string, value: unknown): string {
  const rule = shape(model, name);
  if (rule.type === 'structure') return members(model, name, value as Record<string, unknown>);
  if (rule.type === 'list') {
    return (value as unknown[])
      .map((item) => `<member>${text(model, rule.member?.shape ?? '', item)}</member>`)
      .join('');
  }
  if (value instanceof Date) return value.toISOString().replace(/\.\d+Z$/, 'Z');
  return escapeXml(String(value));
}
