// handler/schema.json -> TypeScript's types of the answers, so that a program that uses the library needs no zod.

/** The part of JSON Schema that schema.json uses. */
export interface Schema {
  type?: string;
  description?: string;
  enum?: readonly string[];
  const?: string;
  properties?: Record<string, Schema>;
  required?: readonly string[];
  items?: Schema | false;
  prefixItems?: readonly Schema[];
  anyOf?: readonly Schema[];
}

/** Parts of answers that have names of their own in handler/answers.ts. */
const PARTS = {
  Verdict: "RecognizeAnswer['face_present']",
  FaceReport: "TrainAnswer['face']",
  JudgedFace: "RecognizeAnswer['faces'][number]",
  NamedFace: "IdentifyAnswer['faces'][number]",
  ComputedFrom: "JudgedFace['computed_from']",
  Explanation: "NonNullable<JudgedFace['explanation']>",
};

/** Declares every definition, and the parts, as exported types. */
export function answerTypes({ $defs }: { $defs: Record<string, Schema> }): string {
  const whole = Object.entries($defs).map(([name, schema]) => `export type ${name} = ${typeOf(schema, '')};\n`);
  const parts = Object.entries(PARTS).map(([name, text]) => `export type ${name} = ${text};\n`);
  return ['// The answers, as schema.json describes them.\n', ...whole, ...parts].join('\n');
}

function typeOf(schema: Schema, indent: string): string {
  if (schema.anyOf) return schema.anyOf.map((one) => typeOf(one, indent)).join(' | ');
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  switch (schema.type) {
    case 'string':
    case 'boolean':
      return schema.type;
    case 'number':
    case 'integer':
      return 'number';
    case 'array':
      if (schema.prefixItems) return `[${schema.prefixItems.map((one) => typeOf(one, indent)).join(', ')}]`;
      return `Array<${typeOf(schema.items || {}, indent)}>`;
    case 'object':
      return objectType(schema, indent);
    default:
      throw new Error(`schema.json has a form that answer-types.ts does not know: ${JSON.stringify(schema)}`);
  }
}

function objectType({ properties = {}, required = [] }: Schema, indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([name, schema]) => {
    const type = typeOf(schema, inner);
    const member = required.includes(name) ? `${name}: ${type}` : `${name}?: ${type} | undefined`;
    const comment =
      schema.description === undefined ? '' : `${inner}/** ${schema.description.replaceAll('*/', '* /')} */\n`;
    return `${comment}${inner}${member};\n`;
  });
  return `{\n${lines.join('')}${indent}}`;
}
