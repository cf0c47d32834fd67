// A real proxy on loopback. It takes only CONNECT, notes the host of each request, and may demand a password.
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

export class Tunnels {
  /** `host:port` of every requested tunnel. */
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();

  private constructor(login: string | undefined) {
    const wanted = login && `Basic ${Buffer.from(login).toString('base64')}`;
    this.#server = createServer((_request, response) => response.writeHead(405).end('tunnels only'));
    this.#server.on('connect', (request, client: Duplex, head: Buffer) => {
      const target = request.url ?? '';
      this.asked.push(target);
      this.#keep(client);
      if (wanted && request.headers['proxy-authorization'] !== wanted) {
        client.end(
          'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n',
        );
        return;
      }
      const [host, port] = target.split(':');
      const server = connect(Number(port), host, () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        server.write(head);
        server.pipe(client);
        client.pipe(server);
      });
      this.#keep(server);
      server.on('error', () => client.destroy());
      client.on('error', () => server.destroy());
      client.on('close', () => server.destroy());
    });
  }

  /** @param login the `user:password` that it demands. */
  static async start(login?: string): Promise<Tunnels> {
    const proxy = new Tunnels(login);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
  }
}
