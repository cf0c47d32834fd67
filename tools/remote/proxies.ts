// The proxies that the environment names, for the AWS clients of the command lines.
import { ConfigError } from '../../handler/errors.ts';

/** Options of a client's request handler that make it use them. @throws ConfigError when a proxy is not an address. */
export async function proxies(connections?: number): Promise<object> {
  const { proxyAgents } = await import('../../deploy/proxy.ts');
  try {
    return proxyAgents(connections);
  } catch (cause) {
    throw new ConfigError((cause as Error).message, { cause });
  }
}
