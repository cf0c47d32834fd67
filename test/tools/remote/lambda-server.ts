// A small server that speaks Lambda's Invoke and STS's GetCallerIdentity, and the record of a deployment that leads to it.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { scratchFolder } from '../../helpers.ts';
import { ACCOUNT, identityAnswer, leadingTo, type Recorded, recordDeployments } from './recorded.ts';

export interface CannedAnswer {
  status: number;
  headers?: Record<string, string>;
  body: object;
}

export interface LambdaCall {
  path: string;
  fields: string[];
}

/** Answers with what `invoke` gives for a function's name and an event. */
export class LambdaServer {
  /** Invocations, in the order they came. */
  calls: LambdaCall[] = [];
  /** Questions whose credentials they are. */
  identityCalls = 0;
  /** Answers the next invocations in place of the functions. */
  canned: CannedAnswer | undefined;
  /** The account that STS says the caller is of; or its refusal. */
  account: string | { status: number; code: string } = ACCOUNT;
  readonly #server: Server;

  constructor(invoke: (name: string, event: unknown) => Promise<CannedAnswer>) {
    this.#server = createServer(async (request, response) => {
      const text = await textOf(request);
      const path = decodeURIComponent(request.url ?? '');
      if (path === '/') {
        this.identityCalls += 1;
        const { account } = this;
        response.writeHead(typeof account === 'string' ? 200 : account.status, { 'content-type': 'text/xml' });
        response.end(identityAnswer(account));
        return;
      }
      if (request.method === 'GET') {
        response.writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException' }); // GetAccountSettings, which need not be allowed
        response.end('{}');
        return;
      }
      const event = JSON.parse(text) as object;
      this.calls.push({ path, fields: Object.keys(event) });
      const [, name = ''] = /^\/2015-03-31\/functions\/(?:[^/]+:)?(\w+)\/invocations/.exec(path) ?? [];
      const { status, headers, body } = this.canned ?? (await invoke(name, event));
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(body));
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Forgets what was asked of it. */
  reset(): void {
    Object.assign(this, { calls: [], identityCalls: 0, canned: undefined, account: ACCOUNT });
  }

  /** An environment in which this server is AWS, and these deployments are recorded; one without a stage by default. */
  async deployed(...deployments: Recorded[]): Promise<Record<string, string>> {
    const record = join(await scratchFolder(), 'deployment.json');
    recordDeployments(record, deployments);
    const url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return { ...leadingTo(url, record), AWS_MAX_ATTEMPTS: '1' };
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
