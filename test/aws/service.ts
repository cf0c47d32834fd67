// The tests' own small AWS: ECR, IAM, Lambda, CloudWatch Logs and STS on one port, and ECR's registry. It verifies signatures,
// validates by AWS's models, denies what no policy allows, records every call, and fails where a test says so.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readAll } from '../container/runtime-api.ts';
import { ACCOUNT_ID, type Account, CALM, emptyAccount, type Operations, type Place, type Temper } from './account.ts';
import { serveStore } from './blobs.ts';
import { ecr } from './ecr.ts';
import { ecrImages } from './ecr-images.ts';
import { AwsError } from './failure.ts';
import { functions } from './functions.ts';
import { iam, sts } from './iam.ts';
import { logs } from './logs.ts';
import { machines } from './machines.ts';
import { model, type ServiceName } from './model.ts';
import { needs } from './permissions.ts';
import { allows, type Need } from './policy.ts';
import { type Effect, type RegistryCall, serveRegistry } from './registry.ts';
import { type Call, type Credentials, DEPLOYER, REGION, type Settings } from './settings.ts';
import { authenticate, readScope, type SignedRequest } from './signature.ts';
import type { Storage } from './storage.ts';
import { checkAnswer, validate } from './validate.ts';
import { versions } from './versions.ts';
import { type Answer, decode, encode, encodeError } from './wire.ts';

const OPERATIONS: Record<ServiceName, Operations> = {
  ecr: { ...ecr, ...ecrImages },
  iam,
  lambda: { ...functions, ...versions },
  logs,
  states: machines,
  sts,
};
const READS = /^(Get|List|Describe|BatchGet|BatchCheck|Invoke)/;

export class AwsService {
  readonly calls: Call[] = [];
  /** Actions whose permission some call needed. */
  readonly needed = new Set<string>();
  readonly people: Credentials[] = [{ ...DEPLOYER }];
  readonly temper: Temper;
  account: Account;
  fault: Settings['fault'];
  onKill: Settings['onKill'];
  run: Settings['run'];
  executions: Settings['executions'];
  /** A killed client's calls that are still under way have no effect. */
  #client = { isDead: false };
  readonly #storage: Storage;
  readonly #server = createServer((request, response) => this.#serve(request, response));
  readonly #registry = createServer((request, response) => this.#serve(request, response, 'registry'));
  /** The store, as S3 is for ECR: another host, to which links for blobs lead. */
  readonly #store = createServer((request, response) => this.#serve(request, response, 'store'));

  private constructor({ storage, account = emptyAccount(), temper = {}, run, executions, fault, onKill }: Settings) {
    this.#storage = storage;
    this.account = account;
    this.temper = { ...CALM, ...temper };
    this.run = run;
    this.executions = executions;
    this.fault = fault;
    this.onKill = onKill;
  }

  static async start(settings: Settings): Promise<AwsService> {
    const service = new AwsService(settings);
    for (const server of service.#servers()) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
    return service;
  }

  #servers(): Server[] {
    return [this.#server, this.#registry, this.#store];
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get registryHost(): string {
    return `127.0.0.1:${(this.#registry.address() as AddressInfo).port}`;
  }

  get storeHost(): string {
    return `127.0.0.1:${(this.#store.address() as AddressInfo).port}`;
  }

  /** Actions of the calls that change something, in order. */
  writes(): string[] {
    return this.calls.filter(({ write }) => write).map(({ service, action }) => `${service}:${action}`);
  }

  async stop(): Promise<void> {
    for (const server of this.#servers()) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  #serve(request: IncomingMessage, response: ServerResponse, part?: 'registry' | 'store'): void {
    const done =
      part === 'store'
        ? serveStore(this.#storage, request, response)
        : part === 'registry'
          ? this.#serveRegistry(request, response)
          : this.#answer(request, response);
    done.catch((error: Error) => {
      if (error instanceof Killed || request.socket.destroyed) {
        request.socket.destroy();
        return;
      }
      // A fault of this service must not look like a fault of AWS.
      process.stderr.write(`the tests' AWS failed at ${request.method} ${request.url}: ${error.stack}\n`);
      request.socket.destroy();
    });
  }

  #serveRegistry(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const backing = {
      region: REGION,
      storage: this.#storage,
      storeUrl: `http://127.0.0.1:${(this.#store.address() as AddressInfo).port}`,
      account: () => this.account,
      authorise: (caller: string, wanted: Need[]) => this.#authorise(caller, wanted),
      perform: ({ action }: RegistryCall, effect: Effect) => {
        const name = action.slice('ecr:'.length);
        return this.#perform({ service: 'registry', action: name, write: !/^(Batch|GetDownload)/.test(name) }, effect);
      },
    };
    return serveRegistry(backing, request, response);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await readAll(request);
    const { method = '', url = '', headers } = request;
    const { status, headers: told, body } = await this.#call({ method, url, headers, body: bytes });
    response.writeHead(status, { ...told, 'content-length': Buffer.byteLength(body) }).end(body);
  }

  async #call(request: SignedRequest): Promise<Answer> {
    const scope = readScope(request.headers);
    const name = (scope?.service ?? guessService(request)) as ServiceName;
    if (!(name in OPERATIONS)) throw new Error(`there is no service ${name} here`);
    const api = model(name);
    const call: Call = { service: name, action: '?', write: false };
    try {
      if (!scope) throw new AwsError('MissingToken', 'Missing Authentication Token');
      const { arn: caller } = authenticate(request, scope, this.people);
      const global = ['iam', 'sts'].includes(name);
      if (scope.region !== REGION && !(global && scope.region === 'us-east-1')) {
        throw new AwsError('WrongSignature', `Credential should be scoped to a valid region.`);
      }
      const decoded = decode(api, request);
      if (!decoded) throw new AwsError('UnknownOperationException', 'AWS knows no such operation');
      const { operation, input } = decoded;
      Object.assign(call, { action: operation.name, write: !READS.test(operation.name) });
      if (operation.input) validate(api, operation.input.shape, input);
      this.#authorise(caller, needs(name, operation.name, input, { region: REGION, account: this.account }));
      const effect = async (): Promise<object> => this.#operate(name, operation.name, input, caller);
      const output = await this.#perform(call, effect);
      if (operation.output) checkAnswer(api, operation.output.shape, output);
      return encode(api, operation, output as Record<string, unknown>);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (!this.calls.includes(call)) this.calls.push(call);
      call.error = error.code;
      return encodeError(api, error);
    }
  }

  /** Records a call, and carries it out unless a fault is set. */
  async #perform<T>(call: Call, effect: (cutAfter?: number) => Promise<T>): Promise<T> {
    const client = this.#client;
    if (client.isDead) throw new Killed();
    const index = this.calls.push(call) - 1;
    const fault = this.fault?.(call, index);
    if (fault && 'code' in fault) throw new AwsError(fault.code, fault.message, fault.status, fault.retryAfterS);
    if (fault && 'cutAfter' in fault) return effect(fault.cutAfter);
    if (fault?.kill === 'before') this.#kill(client);
    // A refusal counts as an effect too.
    const [result] = await Promise.allSettled([effect()]);
    if (fault?.kill === 'after') this.#kill(client);
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }

  /** Kills the client of a call, once: its next client may run already when the last of its calls ends. */
  #kill(client: { isDead: boolean }): never {
    if (!client.isDead) {
      client.isDead = true;
      this.onKill?.();
    }
    throw new Killed();
  }

  /** Serves the next client after one was killed, without faults. */
  revive(): void {
    this.#client = { isDead: false };
    this.fault = undefined;
    this.calls.length = 0;
  }

  #operate(name: ServiceName, operation: string, input: object, caller: string): object | Promise<object> {
    const run = OPERATIONS[name][operation];
    if (!run) throw new AwsError('NotImplemented', `the tests' service has no ${name}:${operation}`);
    const place: Place = {
      account: this.account,
      temper: this.temper,
      region: REGION,
      caller,
      registryHost: this.registryHost,
      executions: this.executions,
      blob: (repository, digest) => this.#storage.blob(repository, digest),
      may: (action, resource) => this.#allows(caller, { action, resource }),
      runFunction: (invocation) => this.run?.(invocation) ?? Promise.resolve({ kind: 'response', text: '{}', ms: 1 }),
    };
    return run(input as never, place);
  }

  #allows(caller: string, need: Need): boolean {
    this.needed.add(need.action);
    // People of another account may do only what a resource's own policy says. No function here has one.
    if (caller.split(':')[4] !== ACCOUNT_ID) return false;
    const policy = this.people.find(({ arn }) => arn === caller)?.policy;
    return policy === undefined || allows(policy, need);
  }

  #authorise(caller: string, wanted: Need[]): void {
    const denied = wanted.find((need) => !this.#allows(caller, need));
    if (!denied) return;
    const { action, resource } = denied;
    const text = `User: ${caller} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
    throw new AwsError('AccessDenied', text);
  }
}

/** The client is dead and gets no answer. */
class Killed extends Error {}

/** Which service an unsigned request may mean. */
function guessService({ headers, url }: SignedRequest): string {
  const target = String(headers['x-amz-target']);
  if (target.startsWith('AmazonEC2ContainerRegistry')) return 'ecr';
  if (target.startsWith('Logs_')) return 'logs';
  return /^\/20\d\d-/.test(url) ? 'lambda' : 'sts';
}
