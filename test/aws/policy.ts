// IAM policies: whether a document is a policy, and whether it allows an action on a resource.
import { AwsError } from './failure.ts';

type OneOrMore = string | string[];

export interface Statement {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Principal?: '*' | Record<string, OneOrMore>;
  Action: OneOrMore;
  Resource?: OneOrMore;
  Condition?: Record<string, Record<string, OneOrMore>>;
}

export interface Policy {
  Version: string;
  Statement: Statement[];
}

/** An action on a resource, with the values that conditions may compare, such as `iam:PassedToService`. */
export interface Need {
  action: string;
  resource: string;
  context?: Record<string, string>;
}

const ELEMENTS = ['Sid', 'Effect', 'Principal', 'Action', 'Resource', 'Condition'];
const OPERATORS: Record<string, (value: string, wanted: string) => boolean> = {
  StringEquals: (value, wanted) => value === wanted,
  ArnEquals: matches,
  ArnLike: matches,
  StringLike: matches,
};

/** Reads a policy document, strictly. @throws AwsError MalformedPolicyDocument. */
export function readPolicy(text: string, code = 'MalformedPolicyDocument'): Policy {
  const fail = (what: string): never => {
    throw new AwsError(code, `The policy is not valid: ${what}`);
  };
  let policy: Policy;
  try {
    policy = JSON.parse(text);
  } catch {
    return fail('it is not JSON');
  }
  if (policy.Version !== '2012-10-17') fail('its Version is not 2012-10-17');
  const statements = list(policy.Statement);
  if (statements.length === 0) fail('it has no Statement');
  for (const statement of statements) {
    const strange = Object.keys(statement).find((name) => !ELEMENTS.includes(name));
    if (strange) fail(`it has an element ${strange}`);
    if (!['Allow', 'Deny'].includes(statement.Effect)) fail('an Effect is neither Allow nor Deny');
    for (const action of list(statement.Action)) {
      if (!/^(\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/.test(action)) fail(`'${action}' is no action`);
    }
    if (!statement.Principal && !statement.Resource) fail('a statement has no Resource');
    if (statement.Sid && !/^[A-Za-z0-9 ]*$/.test(statement.Sid))
      fail(`the Sid '${statement.Sid}' has other characters`);
    for (const operator of Object.keys(statement.Condition ?? {})) {
      if (!(operator in OPERATORS)) throw new Error(`the tests' service knows no condition ${operator}`);
    }
  }
  return { ...policy, Statement: statements };
}

/** Whether a policy of a person, a role, or (with `principal`, such as a service's name) of a resource allows it. */
export function allows(policy: Policy, need: Need, principal?: string): boolean {
  const fitting = policy.Statement.filter((statement) => fits(statement, need, principal));
  return fitting.length > 0 && fitting.every(({ Effect }) => Effect === 'Allow');
}

function fits(statement: Statement, need: Need, principal: string | undefined): boolean {
  if (principal !== undefined && !list(Object.values(statement.Principal ?? {}).flat()).includes(principal))
    return false;
  const action = list(statement.Action).some((wanted) => matches(need.action.toLowerCase(), wanted.toLowerCase()));
  const resource = list(statement.Resource ?? '*').some((wanted) => matches(need.resource, wanted));
  return action && resource && holds(statement.Condition ?? {}, need.context ?? {});
}

function holds(condition: NonNullable<Statement['Condition']>, context: Record<string, string>): boolean {
  return Object.entries(condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => {
      const [, value] = Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase()) ?? [];
      return value !== undefined && list(wanted).some((one) => OPERATORS[operator]?.(value, one));
    }),
  );
}

/** `*` stands for any characters, `?` for one. */
function matches(value: string, wanted: string): boolean {
  const expression = wanted
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(value);
}

function list<T>(value: T | T[] | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
