// AWS's own models of six of its services, as the AWS CLI contains them. Requests are checked by them.
import { existsSync, readFileSync } from 'node:fs';

export type ServiceName = 'ecr' | 'iam' | 'lambda' | 'logs' | 'states' | 'sts';

export interface Member {
  shape: string;
  location?: 'uri' | 'querystring' | 'header' | 'headers' | 'statusCode';
  locationName?: string;
}

export interface Shape {
  type: string;
  required?: string[];
  members?: Record<string, Member>;
  member?: Member;
  key?: Member;
  value?: Member;
  min?: number;
  max?: number;
  pattern?: string;
  enum?: string[];
  /** The member that is the whole body. */
  payload?: string;
  error?: { code?: string; httpStatusCode: number };
}

export interface Operation {
  name: string;
  http: { method: string; requestUri: string; responseCode?: number };
  input?: Member;
  output?: Member & { resultWrapper?: string };
  errors?: Member[];
}

export interface Model {
  metadata: {
    protocol: 'json' | 'query' | 'rest-json';
    targetPrefix?: string;
    jsonVersion?: string;
    xmlNamespace?: string;
    apiVersion: string;
  };
  operations: Record<string, Operation>;
  shapes: Record<string, Shape>;
}

const FOLDER = '/usr/lib/python3/dist-packages/awscli/botocore/data';
const VERSIONS: Record<ServiceName, string> = {
  ecr: '2015-09-21',
  iam: '2010-05-08',
  lambda: '2015-03-31',
  logs: '2014-03-28',
  states: '2016-11-23',
  sts: '2011-06-15',
};

/** Additions since Debian 12's awscli (2.9.19, January 2023), from AWS's API reference. */
const NEWER: Partial<Record<ServiceName, (model: Model) => void>> = {
  lambda: ({ shapes }) => {
    shapes.LoggingConfig = {
      type: 'structure',
      members: {
        LogFormat: { shape: 'LogFormat' },
        ApplicationLogLevel: { shape: 'LogLevel' },
        SystemLogLevel: { shape: 'LogLevel' },
        LogGroup: { shape: 'LogGroup' },
      },
    };
    shapes.LogFormat = { type: 'string', enum: ['JSON', 'Text'] };
    shapes.LogLevel = { type: 'string', enum: ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] };
    shapes.LogGroup = { type: 'string', min: 1, max: 512, pattern: '[\\.\\-_/#A-Za-z0-9]+' };
    for (const name of ['CreateFunctionRequest', 'UpdateFunctionConfigurationRequest', 'FunctionConfiguration']) {
      const { members } = shapes[name] as Shape;
      if (members) members.LoggingConfig = { shape: 'LoggingConfig' };
    }
  },
};

/** Folders that are named otherwise than the service signs. */
const FOLDERS: Partial<Record<ServiceName, string>> = { states: 'stepfunctions' };

/** Why the models are missing; empty when they are there. */
export const NO_MODELS = existsSync(FOLDER) ? '' : "no models of AWS: install Debian's awscli";

const loaded = new Map<ServiceName, Model>();

export function model(service: ServiceName): Model {
  let found = loaded.get(service);
  if (!found) {
    const path = `${FOLDER}/${FOLDERS[service] ?? service}/${VERSIONS[service]}/service-2.json`;
    found = JSON.parse(readFileSync(path, 'utf8')) as Model;
    NEWER[service]?.(found);
    loaded.set(service, found);
  }
  return found;
}

export function shape({ shapes }: Model, name: string): Shape {
  const found = shapes[name];
  if (!found) throw new Error(`AWS's model has no shape ${name}`);
  return found;
}
