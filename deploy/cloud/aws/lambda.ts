// The calls to Lambda: functions, their versions and aliases, and invoking them.
import type {
  CreateFunctionRequest,
  Lambda,
  UpdateFunctionCodeRequest,
  UpdateFunctionConfigurationRequest,
} from '@aws-sdk/client-lambda';
import { ifThere } from './errors.ts';
import type { Tags } from './tags.ts';

export type { CreateFunctionRequest, FunctionConfiguration } from '@aws-sdk/client-lambda';

/** `invoker` is the client for invocations, which may take minutes; `lambda` makes all other calls. */
export function lambdaCalls(lambda: Lambda, invoker: Lambda) {
  return {
    accountSettings: () => lambda.getAccountSettings({}),
    getFunction: (FunctionName: string, Qualifier?: string) =>
      ifThere(lambda.getFunction({ FunctionName, ...(Qualifier ? { Qualifier } : {}) })),
    /** The configuration of a version or an alias; without `Qualifier` that of the unpublished code. */
    functionConfiguration: (FunctionName: string, Qualifier?: string) =>
      ifThere(lambda.getFunctionConfiguration({ FunctionName, ...(Qualifier ? { Qualifier } : {}) })),
    /** Numbers of the published versions, oldest first. */
    versions: async (FunctionName: string): Promise<string[]> => {
      const found: string[] = [];
      for await (const { Versions = [] } of lambda.paginateListVersionsByFunction({ FunctionName })) {
        found.push(...Versions.flatMap(({ Version = '' }) => (/^\d+$/.test(Version) ? [Version] : [])));
      }
      return found.sort((a, b) => Number(a) - Number(b));
    },
    createFunction: (input: CreateFunctionRequest) => lambda.createFunction(input),
    updateCode: (input: UpdateFunctionCodeRequest) => lambda.updateFunctionCode(input),
    updateConfiguration: (input: UpdateFunctionConfigurationRequest) => lambda.updateFunctionConfiguration(input),
    publishVersion: async (FunctionName: string): Promise<string> =>
      (await lambda.publishVersion({ FunctionName })).Version ?? '',
    createAlias: (FunctionName: string, Name: string, FunctionVersion: string) =>
      lambda.createAlias({ FunctionName, Name, FunctionVersion }),
    updateAlias: (FunctionName: string, Name: string, FunctionVersion: string) =>
      lambda.updateAlias({ FunctionName, Name, FunctionVersion }),
    tagFunction: (Resource: string, tags: Tags) => lambda.tagResource({ Resource, Tags: tags }),
    untagFunction: (Resource: string, TagKeys: string[]) => lambda.untagResource({ Resource, TagKeys }),
    /** Deletes one version; without `Qualifier` the function with all versions and aliases. */
    deleteFunction: (FunctionName: string, Qualifier?: string) =>
      ifThere(lambda.deleteFunction({ FunctionName, ...(Qualifier ? { Qualifier } : {}) })),
    /** Calls a function and waits for its answer, JSON as text. */
    invoke: async (FunctionName: string, event: object, Qualifier?: string) => {
      const Payload = Buffer.from(JSON.stringify(event));
      const answer = await invoker.invoke({ FunctionName, Payload, ...(Qualifier ? { Qualifier } : {}) });
      return { failed: answer.FunctionError !== undefined, text: Buffer.from(answer.Payload ?? []).toString('utf8') };
    },
  };
}
