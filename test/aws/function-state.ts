// Reads Lambda's functions in the tests' AWS account: finds them by any of their names, and describes their present state.
import { arn, type FunctionVersion, type LambdaFunction, type Place } from './account.ts';
import { AwsError } from './failure.ts';

/** A function, and which version of it. */
export interface Named {
  FunctionName: string;
  Qualifier?: string;
}

/** `name`, `name:qualifier`, or an ARN with or without a qualifier. */
export function readName(text: string): { name: string; qualifier: string | undefined } {
  const [name = '', qualifier] = text.replace(/^(arn:aws:lambda:[a-z0-9-]+:)?(\d{12}:)?(function:)?/, '').split(':');
  return { name, qualifier };
}

export function functionArn(region: string, name: string, qualifier?: string): string {
  return arn('lambda', region, `function:${name}${qualifier ? `:${qualifier}` : ''}`);
}

function notFound({ region }: Place, name: string, qualifier?: string): AwsError {
  return new AwsError('ResourceNotFoundException', `Function not found: ${functionArn(region, name, qualifier)}`);
}

export function findFunction(place: Place, { FunctionName }: Named): LambdaFunction {
  const { name } = readName(FunctionName);
  const found = place.account.functions[name];
  if (!found) throw notFound(place, name);
  return found;
}

/** The version that a qualifier names: a number, an alias, `$LATEST`, or nothing. */
export function findVersion(place: Place, input: Named): { version: FunctionVersion; qualifier: string | undefined } {
  const found = findFunction(place, input);
  const qualifier = input.Qualifier ?? readName(input.FunctionName).qualifier;
  if (qualifier === undefined || qualifier === '$LATEST') return { version: found.latest, qualifier };
  const number = found.aliases[qualifier]?.version ?? qualifier;
  const version = number === '$LATEST' ? found.latest : found.versions.find((one) => one.version === number);
  if (!version) throw notFound(place, found.name, qualifier);
  return { version, qualifier };
}

export function stateOf({ pendingUntil, failure }: FunctionVersion): 'Pending' | 'Active' | 'Failed' {
  if (Date.now() < pendingUntil) return 'Pending';
  return failure ? 'Failed' : 'Active';
}

export function describeVersion(region: string, name: string, version: FunctionVersion, qualifier?: string): object {
  const state = stateOf(version);
  const isLatest = version.version === '$LATEST';
  const reasons = {
    Pending: { StateReason: 'The function is being created.', StateReasonCode: 'Creating' },
    Active: {},
    Failed: { StateReason: version.failure?.reason, StateReasonCode: version.failure?.code },
  };
  const updating = Date.now() < version.updatingUntil;
  const reason = 'The function is being updated.';
  const update =
    state === 'Pending' || !isLatest
      ? {}
      : updating
        ? { LastUpdateStatus: 'InProgress', LastUpdateStatusReason: reason, LastUpdateStatusReasonCode: 'Creating' }
        : version.updateFailure
          ? {
              LastUpdateStatus: 'Failed',
              LastUpdateStatusReason: version.updateFailure.reason,
              LastUpdateStatusReasonCode: version.updateFailure.code,
            }
          : { LastUpdateStatus: 'Successful' };
  const on = version.snapStart !== 'None' && !isLatest && state === 'Active';
  return {
    FunctionName: name,
    FunctionArn: functionArn(region, name, isLatest ? qualifier : (qualifier ?? version.version)),
    Role: version.role,
    CodeSize: 0,
    Description: version.description,
    Timeout: version.timeout,
    MemorySize: version.memory,
    LastModified: new Date(version.modifiedAt).toISOString().replace('Z', '+0000'),
    CodeSha256: version.digest.slice('sha256:'.length),
    Version: version.version,
    Environment: Object.keys(version.environment).length > 0 ? { Variables: version.environment } : undefined,
    TracingConfig: { Mode: version.tracing ?? 'PassThrough' },
    RevisionId: version.revision,
    State: state,
    ...reasons[state],
    ...update,
    PackageType: 'Image',
    Architectures: [version.architecture],
    EphemeralStorage: { Size: version.storage ?? 512 },
    SnapStart: { ApplyOn: version.snapStart, OptimizationStatus: on ? 'On' : 'Off' },
    LoggingConfig: version.loggingConfig ?? { LogFormat: 'Text', LogGroup: `/aws/lambda/${name}` },
  };
}

/** A function cannot be changed while it is made or changed, or when it could not be made. */
export function refuseBusy({ region }: Place, { name, latest }: LambdaFunction): void {
  const state = stateOf(latest);
  const where = functionArn(region, name);
  const now = 'The operation cannot be performed at this time.';
  if (state === 'Active' && Date.now() >= latest.updatingUntil) return;
  const text =
    state === 'Active'
      ? `${now} An update is in progress for resource: ${where}`
      : `${now} The function is currently in the following state: ${state}`;
  throw new AwsError('ResourceConflictException', text);
}
