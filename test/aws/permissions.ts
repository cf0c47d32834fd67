// The permissions that each operation of the tests' AWS account needs, from AWS's Service Authorization Reference.
import { ACCOUNT_ID, type Account, arn } from './account.ts';
import { functionArn, readName } from './function-state.ts';
import type { ServiceName } from './model.ts';
import type { Need } from './policy.ts';

type Input = Record<string, unknown>;

/** Operations on a function whose permission depends on the version or alias that they name. */
const QUALIFIED = ['InvokeFunction', 'GetFunction', 'GetFunctionConfiguration', 'DeleteFunction'];

/** All actions and resources that a call needs. */
export function needs(
  service: ServiceName,
  operation: string,
  input: Input,
  { region, account }: { region: string; account: Account },
): Need[] {
  if (service === 'sts') return []; // anyone may ask who they are
  if (service === 'iam') return needsOfIam(operation, input, account);
  const of = { ecr: needsOfEcr, lambda: needsOfLambda, logs: needsOfLogs, states: needsOfStates };
  return of[service](operation, input, region);
}

function needsOfLambda(operation: string, input: Input, region: string): Need[] {
  const action = `lambda:${operation === 'Invoke' ? 'InvokeFunction' : operation}`;
  if (input.Resource !== undefined) return [{ action, resource: String(input.Resource) }];
  if (input.FunctionName === undefined) return [{ action, resource: '*' }];
  const { name, qualifier = input.Qualifier as string | undefined } = readName(String(input.FunctionName));
  const qualified = QUALIFIED.includes(action.slice('lambda:'.length)) ? qualifier : undefined;
  const all: Need[] = [{ action, resource: functionArn(region, name, qualified) }];
  if (input.Tags) all.push({ action: 'lambda:TagResource', resource: functionArn(region, name) });
  const context = { 'iam:PassedToService': 'lambda.amazonaws.com' };
  if (input.Role !== undefined) all.push({ action: 'iam:PassRole', resource: String(input.Role), context });
  return all;
}

function needsOfEcr(operation: string, input: Input, region: string): Need[] {
  const action = `ecr:${operation}`;
  if (operation === 'GetAuthorizationToken') return [{ action, resource: '*' }];
  if (input.resourceArn !== undefined) return [{ action, resource: String(input.resourceArn) }];
  const names = (input.repositoryNames as string[] | undefined) ?? [String(input.repositoryName ?? '*')];
  const resources = names.map((name) => arn('ecr', region, `repository/${name}`));
  const actions = [action, ...(input.tags ? ['ecr:TagResource'] : [])];
  return resources.flatMap((resource) => actions.map((each) => ({ action: each, resource })));
}

/** Operations that are judged by the boundary of the role that is there. Creation and a new boundary name theirs. */
const BOUNDED = ['AttachRolePolicy', 'DeleteRolePolicy', 'DetachRolePolicy', 'PutRolePolicy'];

function needsOfIam(operation: string, input: Input, { roles }: Account): Need[] {
  const resource = `arn:aws:iam::${ACCOUNT_ID}:role${input.Path ?? '/'}${input.RoleName}`;
  const actions = [operation, ...(operation === 'CreateRole' && input.Tags ? ['TagRole'] : [])];
  const bound = BOUNDED.includes(operation) ? roles[String(input.RoleName)]?.boundary : input.PermissionsBoundary;
  const context = bound === undefined ? {} : { context: { 'iam:PermissionsBoundary': String(bound) } };
  return actions.map((name) => ({ action: `iam:${name}`, resource, ...(name === 'TagRole' ? {} : context) }));
}

/**
 * CloudWatch Logs compares the name with `:log-stream:` appended, so a policy needs `log-group:NAME:*`. Only tags need the
 * bare name, and DescribeLogGroups needs no name.
 */
function needsOfLogs(operation: string, input: Input, region: string): Need[] {
  const action = `logs:${operation}`;
  if (input.resourceArn !== undefined) return [{ action, resource: String(input.resourceArn) }];
  const name = operation === 'DescribeLogGroups' ? '' : String(input.logGroupName);
  const all = [{ action, resource: arn('logs', region, `log-group:${name}:log-stream:`) }];
  if (input.tags) all.push({ action: 'logs:TagResource', resource: arn('logs', region, `log-group:${name}`) });
  return all;
}

function needsOfStates(operation: string, input: Input, region: string): Need[] {
  const action = `states:${operation}`;
  const named = input.stateMachineArn ?? input.resourceArn ?? input.executionArn ?? input.mapRunArn;
  const resource = String(named ?? arn('states', region, `stateMachine:${input.name}`));
  const all: Need[] = [{ action, resource }];
  if (input.tags && operation === 'CreateStateMachine') all.push({ action: 'states:TagResource', resource });
  const context = { 'iam:PassedToService': 'states.amazonaws.com' };
  if (input.roleArn !== undefined) all.push({ action: 'iam:PassRole', resource: String(input.roleArn), context });
  return all;
}
