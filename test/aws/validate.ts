// Checks a request by AWS's model: required members, types, lengths, ranges, patterns and enumerations. It also refuses
// members that the model does not name, which AWS itself would ignore.
import { AwsError } from './failure.ts';
import { type Model, type Shape, shape } from './model.ts';

const INTEGERS = ['integer', 'long'];
const NUMBERS = [...INTEGERS, 'float', 'double'];

/** @throws AwsError Invalid, which names every fault as AWS does. */
export function validate(model: Model, name: string, input: unknown): void {
  const faults: string[] = [];
  check(model, name, input, '', faults);
  if (faults.length === 0) return;
  const many = faults.length === 1 ? '1 validation error' : `${faults.length} validation errors`;
  throw new AwsError('Invalid', `${many} detected: ${faults.join('; ')}`);
}

/** Checks our own answers by the model too, except for patterns: a member that AWS does not have would mislead a test. */
export function checkAnswer(model: Model, name: string, output: unknown): void {
  const faults: string[] = [];
  check(model, name, output, '', faults);
  const grave = faults.filter((fault) => /is not a member|must be a/.test(fault));
  if (grave.length > 0) throw new Error(`the tests' service answers what AWS does not (${name}): ${grave.join('; ')}`);
}

function check(model: Model, name: string, value: unknown, path: string, faults: string[]): void {
  const rule = shape(model, name);
  const wrong = wrongType(rule, value);
  if (wrong) {
    faults.push(`Value at '${path}' must be a ${wrong}`);
    return;
  }
  if (rule.type === 'structure') checkStructure(model, rule, value as Record<string, unknown>, path, faults);
  else if (rule.type === 'list') {
    checkSize(rule, (value as unknown[]).length, `Value at '${path}'`, 'length', faults);
    for (const [i, item] of (value as unknown[]).entries()) {
      check(model, rule.member?.shape ?? '', item, `${path}.${i + 1}.member`, faults);
    }
  } else if (rule.type === 'map') {
    for (const [key, item] of Object.entries(value as object)) {
      check(model, rule.key?.shape ?? '', key, `${path}.${key}`, faults);
      check(model, rule.value?.shape ?? '', item, `${path}.${key}`, faults);
    }
  } else checkScalar(rule, value, path, faults);
}

function checkStructure(
  model: Model,
  rule: Shape,
  value: Record<string, unknown>,
  path: string,
  faults: string[],
): void {
  const at = (name: string): string => [path, name].filter(Boolean).join('.');
  for (const name of rule.required ?? []) {
    if (value[name] === undefined) {
      faults.push(`Value null at '${at(name)}' failed to satisfy constraint: Member must not be null`);
    }
  }
  for (const [name, item] of Object.entries(value)) {
    const member = rule.members?.[name];
    if (!member) faults.push(`'${at(name)}' is not a member of this structure`);
    else if (item !== undefined) check(model, member.shape, item, at(name), faults);
  }
}

function wrongType(rule: Shape, value: unknown): string | undefined {
  if (rule.type === 'structure' || rule.type === 'map') {
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : rule.type;
  }
  if (rule.type === 'list') return Array.isArray(value) ? undefined : 'list';
  if (rule.type === 'boolean') return typeof value === 'boolean' ? undefined : 'boolean';
  if (INTEGERS.includes(rule.type)) return Number.isSafeInteger(value) ? undefined : rule.type;
  if (NUMBERS.includes(rule.type)) return typeof value === 'number' ? undefined : rule.type;
  if (rule.type === 'timestamp') return typeof value === 'number' || value instanceof Date ? undefined : 'timestamp';
  if (rule.type === 'blob') return typeof value === 'string' || value instanceof Uint8Array ? undefined : 'blob';
  return typeof value === 'string' ? undefined : rule.type;
}

function checkScalar(rule: Shape, value: unknown, path: string, faults: string[]): void {
  const said = `Value '${String(value)}' at '${path}'`;
  const fail = (constraint: string): number => faults.push(`${said} failed to satisfy constraint: ${constraint}`);
  if (rule.enum && !rule.enum.includes(value as string)) {
    fail(`Member must satisfy enum value set: [${rule.enum.join(', ')}]`);
  }
  if (typeof value === 'number') checkSize(rule, value, said, 'value', faults);
  if (rule.type !== 'string' || typeof value !== 'string') return;
  checkSize(rule, value.length, said, 'length', faults);
  if (rule.pattern && !expression(rule.pattern).test(value)) {
    fail(`Member must satisfy regular expression pattern: ${rule.pattern}`);
  }
}

function checkSize({ min, max }: Shape, size: number, said: string, what: string, faults: string[]): void {
  const must = `${said} failed to satisfy constraint: Member must have ${what}`;
  if (min !== undefined && size < min) faults.push(`${must} greater than or equal to ${min}`);
  if (max !== undefined && size > max) faults.push(`${must} less than or equal to ${max}`);
}

const expressions = new Map<string, RegExp>();

/** A pattern must match the whole value. Unicode classes need a flag in JavaScript. */
function expression(pattern: string): RegExp {
  let found = expressions.get(pattern);
  if (!found) {
    found = new RegExp(`^(?:${pattern})$`, pattern.includes('\\p{') ? 'u' : '');
    expressions.set(pattern, found);
  }
  return found;
}
