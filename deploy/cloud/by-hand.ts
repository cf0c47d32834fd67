// Settings that somebody made on a function by hand and that deploy has no option for. Every change keeps them, and the
// plan names them.
import type { CreateFunctionRequest, FunctionConfiguration } from './aws/lambda.ts';
import { variablesByHand } from './owned.ts';

/** In CreateFunction's form. UpdateFunctionConfiguration needs none of them: it keeps what it is not given. */
export type SettingsByHand = Partial<
  Pick<
    CreateFunctionRequest,
    | 'DeadLetterConfig'
    | 'EphemeralStorage'
    | 'FileSystemConfigs'
    | 'ImageConfig'
    | 'KMSKeyArn'
    | 'LoggingConfig'
    | 'TracingConfig'
    | 'VpcConfig'
  >
>;

/** Lambda's defaults. */
const DEFAULT_STORAGE_MB = 512;
const isDefaultLog = (name: string, { LogFormat, LogGroup }: NonNullable<FunctionConfiguration['LoggingConfig']>) =>
  (LogFormat ?? 'Text') === 'Text' && (LogGroup ?? `/aws/lambda/${name}`) === `/aws/lambda/${name}`;

/** The settings of a function that are not Lambda's defaults. */
export function settingsByHand(about: FunctionConfiguration): SettingsByHand {
  const { DeadLetterConfig, EphemeralStorage, FileSystemConfigs, KMSKeyArn, LoggingConfig, TracingConfig } = about;
  const { SubnetIds = [], SecurityGroupIds = [], Ipv6AllowedForDualStack = false } = about.VpcConfig ?? {};
  const { ImageConfig } = about.ImageConfigResponse ?? {};
  return {
    ...(DeadLetterConfig?.TargetArn ? { DeadLetterConfig } : {}),
    ...((EphemeralStorage?.Size ?? DEFAULT_STORAGE_MB) === DEFAULT_STORAGE_MB ? {} : { EphemeralStorage }),
    ...(FileSystemConfigs?.length ? { FileSystemConfigs } : {}),
    ...(ImageConfig ? { ImageConfig } : {}),
    ...(KMSKeyArn ? { KMSKeyArn } : {}),
    ...(!LoggingConfig || isDefaultLog(about.FunctionName ?? '', LoggingConfig) ? {} : { LoggingConfig }),
    ...(TracingConfig?.Mode === 'Active' ? { TracingConfig: { Mode: TracingConfig.Mode } } : {}),
    ...(SubnetIds.length === 0 ? {} : { VpcConfig: { SubnetIds, SecurityGroupIds, Ipv6AllowedForDualStack } }),
  };
}

/** What is kept of a function, in words; empty when nothing is. Values of variables are not shown. */
export function tellByHand(settings: SettingsByHand, variables: Record<string, string>): string {
  const { DeadLetterConfig, EphemeralStorage, FileSystemConfigs, ImageConfig, KMSKeyArn, LoggingConfig } = settings;
  const names = Object.keys(variablesByHand(variables)).sort();
  return [
    names.length === 0 ? '' : `the environment of ${names.join(', ')}`,
    EphemeralStorage ? `${EphemeralStorage.Size} MB of /tmp` : '',
    settings.VpcConfig ? `its network (${settings.VpcConfig.SubnetIds?.join(', ')})` : '',
    settings.TracingConfig ? 'tracing' : '',
    DeadLetterConfig ? `dead letters to ${DeadLetterConfig.TargetArn}` : '',
    FileSystemConfigs
      ? `its file system ${FileSystemConfigs.map(({ LocalMountPath }) => LocalMountPath).join(', ')}`
      : '',
    ImageConfig ? 'how the image starts' : '',
    KMSKeyArn ? `the key ${KMSKeyArn}` : '',
    LoggingConfig ? `its logging (${LoggingConfig.LogFormat ?? 'Text'}, ${LoggingConfig.LogGroup})` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}
