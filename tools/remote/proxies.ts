// The environment's proxies, for the clients of AWS that the command lines open.
import { ConfigError } from '../../handler/errors.ts';

/** What of them goes into a client's request handler. @throws ConfigError when a proxy is no address. */
export async function proxies(): Promise<object> {
  const { proxyAgents } = await import('../../deploy/proxy.ts');
  try {
    return proxyAgents();
  } catch (cause) {
    throw new ConfigError((cause as Error).message, { cause });
  }
}
