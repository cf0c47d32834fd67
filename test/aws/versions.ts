// Lambda's versions, aliases, tags, limits and invocations in the tests' AWS account.
import { randomUUID } from 'node:crypto';
import type { Alias, FunctionVersion, LambdaFunction, Operations, Outcome, Place } from './account.ts';
import { AwsError, refuseRest } from './failure.ts';
import { allowsSnapStart } from './function-image.ts';
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

interface AliasInput extends Named {
  Name: string;
  FunctionVersion?: string;
  Description?: string;
}

/** Lambda's limit on a synchronous request: a little more than 6 MB. */
const MAX_PAYLOAD_BYTES = 6_291_556;
const MAX_LOG_BYTES = 4096;

function describeAlias(
  region: string,
  { name }: LambdaFunction,
  alias: string,
  { version, description, revision }: Alias,
): object {
  const AliasArn = functionArn(region, name, alias);
  return { AliasArn, Name: alias, FunctionVersion: version, Description: description, RevisionId: revision };
}

function findAlias(place: Place, input: AliasInput): { found: LambdaFunction; alias: Alias } {
  const found = findFunction(place, input);
  const alias = found.aliases[input.Name];
  if (alias) return { found, alias };
  const text = `Cannot find alias arn: ${functionArn(place.region, found.name, input.Name)}`;
  throw new AwsError('ResourceNotFoundException', text);
}

function refuseVersion(place: Place, found: LambdaFunction, version: string | undefined): void {
  if (version === undefined || version === '$LATEST' || found.versions.some((one) => one.version === version)) return;
  const text = `Function not found: ${functionArn(place.region, found.name, version)}`;
  throw new AwsError('ResourceNotFoundException', text);
}

/** The parts in which a new version must differ from the last one. */
function essence({ latest, versions }: LambdaFunction): boolean {
  const pick = ({ digest, role, memory, timeout, environment, snapStart, architecture }: FunctionVersion): string =>
    JSON.stringify([digest, role, memory, timeout, environment, snapStart, architecture]);
  const last = versions.at(-1);
  return last !== undefined && pick(last) === pick(latest);
}

export const versions: Operations = {
  PublishVersion(input: Named & { CodeSha256?: string; Description?: string }, place: Place) {
    const { FunctionName, CodeSha256, Description, ...rest } = input;
    refuseRest(rest, 'PublishVersion');
    const found = findFunction(place, { FunctionName });
    refuseBusy(place, found);
    if (CodeSha256 !== undefined && `sha256:${CodeSha256}` !== found.latest.digest) {
      throw new AwsError(
        'InvalidParameterValueException',
        `CodeSHA256 (${CodeSha256}) is different from current CodeSHA256 in $LATEST.`,
      );
    }
    // Nothing is published twice: the answer is the last version.
    if (essence(found)) return describeVersion(place.region, found.name, found.versions.at(-1) as FunctionVersion);
    const snapshot = found.latest.snapStart !== 'None';
    const refused = snapshot && !allowsSnapStart(place, found.latest);
    const reason = 'The image neither allows SnapStart by its label nor asks for /restore/next.';
    const version = {
      ...structuredClone(found.latest),
      version: String(found.nextVersion),
      description: Description ?? found.latest.description,
      revision: randomUUID(),
      pendingUntil: snapshot ? Date.now() + place.temper.pendingMs : 0,
      ...(refused ? { failure: { code: 'FunctionError', reason } } : {}),
    };
    found.nextVersion += 1;
    found.versions.push(version);
    return describeVersion(place.region, found.name, version);
  },

  ListVersionsByFunction(input: Named & { Marker?: string; MaxItems?: number }, place: Place) {
    const found = findFunction(place, input);
    const { Marker = '0', MaxItems = 50 } = input;
    const all = [found.latest, ...found.versions];
    const from = Number(Marker);
    const to = from + Math.min(MaxItems, 50);
    return {
      Versions: all.slice(from, to).map((one) => describeVersion(place.region, found.name, one, one.version)),
      NextMarker: to < all.length ? String(to) : undefined,
    };
  },

  CreateAlias(input: AliasInput & { FunctionVersion: string }, place: Place) {
    const { FunctionName, Name, FunctionVersion, Description = '', ...rest } = input;
    refuseRest(rest, 'CreateAlias');
    const found = findFunction(place, { FunctionName });
    refuseVersion(place, found, FunctionVersion);
    if (found.aliases[Name]) {
      const text = `Alias already exists: ${functionArn(place.region, found.name, Name)}`;
      throw new AwsError('ResourceConflictException', text);
    }
    const alias = { version: FunctionVersion, description: Description, revision: randomUUID() };
    found.aliases[Name] = alias;
    return describeAlias(place.region, found, Name, alias);
  },

  UpdateAlias(input: AliasInput, place: Place) {
    const { FunctionName, Name, FunctionVersion, Description, ...rest } = input;
    refuseRest(rest, 'UpdateAlias');
    const { found, alias } = findAlias(place, { FunctionName, Name });
    refuseVersion(place, found, FunctionVersion);
    Object.assign(alias, {
      version: FunctionVersion ?? alias.version,
      description: Description ?? alias.description,
      revision: randomUUID(),
    });
    return describeAlias(place.region, found, Name, alias);
  },

  GetAlias(input: AliasInput, place: Place) {
    const { found, alias } = findAlias(place, input);
    return describeAlias(place.region, found, input.Name, alias);
  },

  ListAliases(input: Named, place: Place) {
    const found = findFunction(place, input);
    const Aliases = Object.entries(found.aliases).map(([name, alias]) =>
      describeAlias(place.region, found, name, alias),
    );
    return { Aliases };
  },

  DeleteAlias(input: AliasInput, place: Place) {
    delete findFunction(place, input).aliases[input.Name]; // no error when there is none
    return {};
  },

  ListTags: ({ Resource }: { Resource: string }, place: Place) => ({
    Tags: findFunction(place, { FunctionName: Resource }).tags,
  }),

  TagResource({ Resource, Tags }: { Resource: string; Tags: Record<string, string> }, place: Place) {
    Object.assign(findFunction(place, { FunctionName: Resource }).tags, Tags);
    return {};
  },

  UntagResource({ Resource, TagKeys }: { Resource: string; TagKeys: string[] }, place: Place) {
    const { tags } = findFunction(place, { FunctionName: Resource });
    for (const key of TagKeys) delete tags[key];
    return {};
  },

  GetAccountSettings: (_input: object, { account, temper }: Place) => ({
    AccountLimit: {
      TotalCodeSize: 80_530_636_800,
      CodeSizeUnzipped: 262_144_000,
      CodeSizeZipped: 52_428_800,
      ConcurrentExecutions: temper.concurrency,
      UnreservedConcurrentExecutions: temper.concurrency,
    },
    AccountUsage: { TotalCodeSize: 0, FunctionCount: Object.keys(account.functions).length },
  }),

  async Invoke(input: Named & { InvocationType?: string; LogType?: string; Payload?: Buffer }, place: Place) {
    const { InvocationType = 'RequestResponse', LogType, Payload = Buffer.alloc(0) } = input;
    const { version } = findVersion(place, input);
    const { name } = readName(input.FunctionName);
    if (InvocationType !== 'RequestResponse') {
      throw new AwsError('NotImplemented', `the tests' service knows no invocation of the type ${InvocationType}`);
    }
    if (stateOf(version) !== 'Active') {
      const text = `The operation cannot be performed at this time. The function is currently in the following state: ${stateOf(version)}`;
      throw new AwsError('ResourceConflictException', text);
    }
    if (Payload.length > MAX_PAYLOAD_BYTES) {
      const text = `Request must be smaller than ${MAX_PAYLOAD_BYTES} bytes for the InvokeFunction operation`;
      throw new AwsError('RequestTooLargeException', text);
    }
    const repositoryName = version.imageUri.split('@')[0]?.split('/').slice(1).join('/') ?? '';
    const repository = place.account.repositories[repositoryName];
    const outcome = await place.runFunction({ name, version, repository, payload: Payload });
    const log = report(outcome, version);
    return {
      StatusCode: 200,
      ExecutedVersion: version.version,
      FunctionError: outcome.kind === 'response' ? undefined : 'Unhandled',
      LogResult: LogType === 'Tail' ? Buffer.from(log.slice(-MAX_LOG_BYTES)).toString('base64') : undefined,
      Payload: Buffer.from(outcome.text),
    };
  },
};

/** The end of a log as Lambda writes it. An image's start before the first event is billed too. */
function report({ ms, initMs }: Outcome, { version, memory, snapStart }: FunctionVersion): string {
  const id = randomUUID();
  const restored = snapStart !== 'None' && version !== '$LATEST';
  const init = initMs === undefined ? '' : `Init Duration: ${initMs.toFixed(2)} ms\t`;
  const restore = `Restore Duration: ${initMs?.toFixed(2)} ms\tBilled Restore Duration: ${Math.ceil(initMs ?? 0)} ms\t`;
  const fields = [
    `REPORT RequestId: ${id}`,
    `Duration: ${ms.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(ms + (restored ? 0 : (initMs ?? 0)))} ms`,
    `Memory Size: ${memory} MB`,
    `Max Memory Used: ${Math.min(memory, 64)} MB`,
  ];
  const before = restored && initMs !== undefined ? restore : init;
  return `START RequestId: ${id} Version: ${version}\nEND RequestId: ${id}\n${fields.join('\t')}\t${before}\n`;
}
