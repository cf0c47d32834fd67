// The environment's proxies (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, also in small letters) for everything here that
// speaks HTTP: the clients of AWS and of the registry. Node itself has no such setting before version 24.
import http from 'node:http';
import https from 'node:https';
import { Agent, type AgentConnectOpts } from 'agent-base';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { DeployError } from './failure.ts';

const VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'].flatMap((name) => [name.toLowerCase(), name]);
/** The settings that AWS's SDK gives its own agents. */
const CONNECTIONS = 50;

/**
 * The address of the proxy for a URL; undefined when it has none.
 *
 * @throws DeployError when a variable does not hold an address. The message does not quote it: it may hold a password.
 */
export function proxyFor(url: string): string | undefined {
  const named = getProxyForUrl(url);
  if (!named) return undefined;
  // getProxyForUrl gives a bare `host:port` the URL's own scheme. Such a proxy is spoken to in plain HTTP, as curl does.
  const bare = named.replace(/^https?:\/\//, '');
  const isBare = !bare.includes('://') && VARIABLES.some((name) => process.env[name] === bare);
  const address = isBare ? `http://${bare}` : named;
  if (/^https?:\/\//.test(address) && URL.canParse(address)) return address;
  throw new DeployError('the proxy that the environment names is not an address: one is HTTPS_PROXY=http://proxy:3128');
}

/**
 * Agents for AWS's clients; none when the environment names no proxy.
 *
 * @param connections to a host, at most.
 * @throws DeployError as proxyFor does.
 */
export function proxyAgents(connections = CONNECTIONS): { httpAgent?: http.Agent; httpsAgent?: https.Agent } {
  if (!VARIABLES.some((name) => process.env[name])) return {};
  for (const scheme of ['http', 'https']) proxyFor(`${scheme}://amazonaws.com`);
  const agent = new ProxyAgent(connections);
  return { httpAgent: agent, httpsAgent: agent as unknown as https.Agent };
}

/** Connects to a host through the proxy that the environment names for it, always by a tunnel (CONNECT), or directly. */
class ProxyAgent extends Agent {
  readonly #pool: { keepAlive: boolean; maxSockets: number };
  readonly #straight: { http: http.Agent; https: https.Agent };
  readonly #through = new Map<string, HttpsProxyAgent<string>>();

  constructor(maxSockets: number) {
    const pool = { keepAlive: true, maxSockets };
    super(pool);
    this.#pool = pool;
    this.#straight = { http: new http.Agent(pool), https: new https.Agent(pool) };
  }

  connect(request: http.ClientRequest, { secureEndpoint }: AgentConnectOpts): http.Agent {
    const scheme = secureEndpoint ? 'https' : 'http';
    const proxy = proxyFor(`${scheme}://${request.getHeader('host')}`);
    if (proxy === undefined) return this.#straight[scheme];
    const agent = this.#through.get(proxy) ?? new HttpsProxyAgent(proxy, this.#pool);
    this.#through.set(proxy, agent);
    return agent;
  }

  override destroy(): void {
    for (const agent of [...Object.values(this.#straight), ...this.#through.values()]) agent.destroy();
    super.destroy();
  }
}
