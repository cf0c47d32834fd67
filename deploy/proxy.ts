// The proxies of the environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, in small letters too), as everything here
// that speaks HTTP uses them: AWS's clients and the registry's alike. Node knows no such setting before version 24.
import http from 'node:http';
import https from 'node:https';
import { Agent, type AgentConnectOpts } from 'agent-base';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { DeployError } from './failure.ts';

const VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'].flatMap((name) => [name.toLowerCase(), name]);
/** As AWS's SDK sets its own agents. */
const POOL = { keepAlive: true, maxSockets: 50 };

/**
 * The address of the proxy through which a URL is asked for; undefined when there is none for it.
 *
 * @throws DeployError when a proxy is named by no address. The line does not quote it: it may hold a password.
 */
export function proxyFor(url: string): string | undefined {
  const named = getProxyForUrl(url);
  if (!named) return undefined;
  // `host:port` alone comes with the scheme of the URL asked for; as with curl, such a proxy is spoken to in plain HTTP.
  const bare = named.replace(/^https?:\/\//, '');
  const isBare = !bare.includes('://') && VARIABLES.some((name) => process.env[name] === bare);
  const address = isBare ? `http://${bare}` : named;
  if (/^https?:\/\//.test(address) && URL.canParse(address)) return address;
  throw new DeployError('the proxy of the environment is no address: one is HTTPS_PROXY=http://proxy:3128');
}

/**
 * Agents for AWS's clients; none when the environment names no proxy.
 *
 * @throws DeployError as proxyFor.
 */
export function proxyAgents(): { httpAgent?: http.Agent; httpsAgent?: https.Agent } {
  if (!VARIABLES.some((name) => process.env[name])) return {};
  for (const scheme of ['http', 'https']) proxyFor(`${scheme}://amazonaws.com`);
  const agent = new ProxyAgent(POOL);
  return { httpAgent: agent, httpsAgent: agent as unknown as https.Agent };
}

/** Goes through the proxy that the environment names for a host, or straight there. Always by a tunnel (CONNECT). */
class ProxyAgent extends Agent {
  readonly #straight = { http: new http.Agent(POOL), https: new https.Agent(POOL) };
  readonly #through = new Map<string, HttpsProxyAgent<string>>();

  connect(request: http.ClientRequest, { secureEndpoint }: AgentConnectOpts): http.Agent {
    const scheme = secureEndpoint ? 'https' : 'http';
    const proxy = proxyFor(`${scheme}://${request.getHeader('host')}`);
    if (proxy === undefined) return this.#straight[scheme];
    const agent = this.#through.get(proxy) ?? new HttpsProxyAgent(proxy, POOL);
    this.#through.set(proxy, agent);
    return agent;
  }

  override destroy(): void {
    for (const agent of [...Object.values(this.#straight), ...this.#through.values()]) agent.destroy();
    super.destroy();
  }
}
