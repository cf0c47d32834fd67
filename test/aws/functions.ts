// Lambda's functions in the tests' AWS account: they are made, changed, published and deleted, each in its own time.
import { randomUUID } from 'node:crypto';
import { ACCOUNT_ID, type FunctionVersion, type Operations, type Place } from './account.ts';
import { AwsError, refuseRest } from './failure.ts';
import { judgeImage, judgeLayers } from './function-image.ts';
import {
  describeVersion,
  findFunction,
  findVersion,
  functionArn,
  type Named,
  readName,
  refuseBusy,
  stateOf,
} from './function-state.ts';
import { roleArn } from './iam.ts';
import { allows, readPolicy } from './policy.ts';

interface Configuration {
  Role?: string;
  MemorySize?: number;
  Timeout?: number;
  Description?: string;
  Environment?: { Variables?: Record<string, string> };
  SnapStart?: { ApplyOn?: 'None' | 'PublishedVersions' };
  LoggingConfig?: object;
  EphemeralStorage?: { Size: number };
  TracingConfig?: { Mode?: 'Active' | 'PassThrough' };
}

/** Lambda accepts a role only some seconds after IAM made it. */
function judgeRole({ account, temper }: Place, wanted: string): void {
  const role = Object.values(account.roles).find((one) => roleArn(one) === wanted);
  const need = { action: 'sts:AssumeRole', resource: '*', context: { 'aws:SourceAccount': ACCOUNT_ID } };
  const trusted = role && allows(readPolicy(role.trust), need, 'lambda.amazonaws.com');
  if (trusted && Date.now() >= role.createdAt + temper.roleMs) return;
  throw new AwsError(
    'InvalidParameterValueException',
    'The role defined for the function cannot be assumed by Lambda.',
  );
}

function configure(place: Place, version: FunctionVersion, input: Configuration): void {
  const { Role, MemorySize, Timeout, Description, Environment, SnapStart, LoggingConfig } = input;
  const { EphemeralStorage, TracingConfig } = input;
  const { maxMemory } = place.temper;
  if (Role !== undefined) judgeRole(place, Role);
  if (MemorySize !== undefined && MemorySize > maxMemory) {
    const text = `'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to ${maxMemory}`;
    throw new AwsError('InvalidParameterValueException', text);
  }
  version.role = Role ?? version.role;
  version.memory = MemorySize ?? version.memory;
  version.timeout = Timeout ?? version.timeout;
  version.description = Description ?? version.description;
  version.environment = Environment ? (Environment.Variables ?? {}) : version.environment;
  version.snapStart = SnapStart?.ApplyOn ?? version.snapStart;
  if (LoggingConfig) version.loggingConfig = LoggingConfig;
  if (EphemeralStorage) version.storage = EphemeralStorage.Size;
  if (TracingConfig?.Mode) version.tracing = TracingConfig.Mode;
}

function changed(latest: FunctionVersion, ms: number): void {
  latest.modifiedAt = Date.now();
  latest.updatingUntil = Date.now() + ms;
  latest.revision = randomUUID();
}

function refuseRevision(latest: FunctionVersion, wanted: string | undefined): void {
  if (wanted === undefined || wanted === latest.revision) return;
  throw new AwsError('PreconditionFailedException', 'The Revision Id provided does not match the latest Revision Id.');
}

type CreateInput = Configuration & {
  FunctionName: string;
  Role: string;
  Code: { ImageUri?: string };
  PackageType?: string;
  Publish?: boolean;
  Architectures?: string[];
  Tags?: Record<string, string>;
};

export const functions: Operations = {
  async CreateFunction(input: CreateInput, place: Place) {
    const { FunctionName, Code, PackageType, Architectures = ['x86_64'], Tags = {}, Publish, ...configuration } = input;
    const { Role, MemorySize, Timeout, Description, Environment, SnapStart, LoggingConfig, ...more } = configuration;
    const { EphemeralStorage, TracingConfig, ...rest } = more;
    refuseRest({ ...rest, Publish: Publish || undefined }, 'CreateFunction');
    const { name } = readName(FunctionName);
    if (PackageType !== 'Image') throw new AwsError('NotImplemented', "the tests' service makes functions of images");
    if (place.account.functions[name]) {
      throw new AwsError('ResourceConflictException', `Function already exist: ${name}`);
    }
    const architecture = Architectures[0] ?? '';
    const image = judgeImage(place, name, Code.ImageUri, architecture);
    const { pendingMs, failing } = place.temper;
    const latest: FunctionVersion = {
      ...{ version: '$LATEST', ...image, architecture, role: Role, memory: 128, timeout: 3, description: '' },
      ...{ environment: {}, snapStart: 'None', modifiedAt: Date.now(), revision: randomUUID(), updatingUntil: 0 },
      pendingUntil: 0,
    };
    configure(place, latest, configuration);
    const failure = failing?.name === name ? failing : await judgeLayers(place, image);
    if (failure) latest.failure = failure;
    latest.pendingUntil = Date.now() + pendingMs;
    place.account.functions[name] = { name, latest, versions: [], nextVersion: 1, aliases: {}, tags: Tags };
    return describeVersion(place.region, name, latest);
  },

  GetFunction(input: Named, place: Place) {
    const { name, tags } = findFunction(place, input);
    const { version, qualifier } = findVersion(place, input);
    // ImageUri is what was asked for, by a tag or a digest; ResolvedImageUri is the digest that runs.
    const { imageUri: ImageUri, digest } = version;
    const ResolvedImageUri = `${ImageUri.replace(/[:@][^/]*$/, '')}@${digest}`;
    // Since July 2024 Lambda shows tags only to callers who may read them.
    const visible = place.may('lambda:ListTags', functionArn(place.region, name)) && Object.keys(tags).length > 0;
    return {
      Configuration: describeVersion(place.region, name, version, qualifier),
      Code: { RepositoryType: 'ECR', ImageUri, ResolvedImageUri },
      Tags: visible ? tags : undefined,
    };
  },

  GetFunctionConfiguration(input: Named, place: Place) {
    const { version, qualifier } = findVersion(place, input);
    return describeVersion(place.region, readName(input.FunctionName).name, version, qualifier);
  },

  ListFunctions: (_input: object, { account, region }: Place) => ({
    Functions: Object.values(account.functions).map(({ name, latest }) => describeVersion(region, name, latest)),
  }),

  async UpdateFunctionCode(
    input: Named & { ImageUri?: string; Architectures?: string[]; Publish?: boolean; RevisionId?: string },
    place: Place,
  ) {
    const { FunctionName, ImageUri, Architectures, Publish, RevisionId, ...rest } = input;
    refuseRest({ ...rest, Publish: Publish || undefined }, 'UpdateFunctionCode');
    const found = findFunction(place, { FunctionName });
    refuseBusy(place, found);
    refuseRevision(found.latest, RevisionId);
    const architecture = Architectures?.[0] ?? found.latest.architecture;
    const image = judgeImage(place, found.name, ImageUri, architecture);
    const failure = await judgeLayers(place, image);
    const { updateFailure: _old, ...others } = found.latest;
    found.latest = { ...others, ...image, architecture, ...(failure ? { updateFailure: failure } : {}) };
    changed(found.latest, place.temper.updateMs);
    return describeVersion(place.region, found.name, found.latest);
  },

  UpdateFunctionConfiguration(input: Named & Configuration & { RevisionId?: string }, place: Place) {
    const { FunctionName, RevisionId, ...configuration } = input;
    const { Role, MemorySize, Timeout, Description, Environment, SnapStart, LoggingConfig, ...more } = configuration;
    const { EphemeralStorage, TracingConfig, ...rest } = more;
    refuseRest(rest, 'UpdateFunctionConfiguration');
    const found = findFunction(place, { FunctionName });
    refuseBusy(place, found);
    refuseRevision(found.latest, RevisionId);
    configure(place, found.latest, configuration);
    changed(found.latest, place.temper.updateMs);
    return describeVersion(place.region, found.name, found.latest);
  },

  DeleteFunction(input: Named, place: Place) {
    const found = findFunction(place, input);
    const qualifier = input.Qualifier ?? readName(input.FunctionName).qualifier;
    if (stateOf(found.latest) !== 'Failed') refuseBusy(place, found);
    if (qualifier === undefined) {
      delete place.account.functions[found.name];
      return {};
    }
    if (!/^\d+$/.test(qualifier)) {
      throw new AwsError(
        'InvalidParameterValueException',
        `${qualifier} cannot be deleted without deleting the function.`,
      );
    }
    const alias = Object.entries(found.aliases).find(([, { version }]) => version === qualifier);
    if (alias) {
      const text = `Version ${qualifier} is referenced by alias ${alias[0]}`;
      throw new AwsError('ResourceConflictException', text);
    }
    found.versions = found.versions.filter(({ version }) => version !== qualifier);
    return {};
  },
};
