// The environment's proxies, for the clients of AWS that the command lines open.
import { ConfigError } from '../../handler/errors.ts';

/** The part of a client's request handler that uses them. @throws ConfigError when a proxy is not an address. */
export async function proxies(): Promise<object> {
  const { proxyAgents } = await import('../../deploy/proxy.ts');
  try {
    return proxyAgents();
  } catch (cause) {
    throw new ConfigError((cause as Error).message, { cause });
  }
}
