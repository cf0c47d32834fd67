// The environment's proxies: the clients of AWS and of the registry use them, and no message shows their password.
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { execa } from 'execa';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { scratchFolder, start, WOMAN } from '../helpers.ts';
import { type DeployerAnswer, pretend, runDeployer } from './deployer.ts';
import { awsEnvironment, describeWithAws, startAws } from './helpers.ts';
import { writeLayout } from './images.ts';
import { Tunnels } from './proxy.ts';
import type { AwsService } from './service.ts';
import type { Storage } from './storage.ts';

const LOGIN = 'someone:s%65cret';

describeWithAws('a proxy of the environment', (storage: () => Storage) => {
  let folder: string;
  let service: AwsService;
  let proxy: Tunnels;

  beforeEach(async () => {
    folder = await scratchFolder();
    service = await startAws(storage(), { run: pretend });
    proxy = await Tunnels.start('someone:secret');
    onTestFinished(() => proxy.stop());
  });

  async function deploy(env: Record<string, string>): Promise<DeployerAnswer> {
    const layout = await writeLayout(join(folder, 'images'), 'amd64', {
      trainer: { content: 'trainer' },
      recognizer: { content: 'recognizer' },
    });
    const words = ['--images', layout, '--arch', 'x86_64', '--yes'];
    // The machine's own proxies must not reach this test.
    const none = { http_proxy: '', https_proxy: '', all_proxy: '', no_proxy: '', HTTP_PROXY: '', HTTPS_PROXY: '' };
    const all = { ...none, ALL_PROXY: '', NO_PROXY: '', ...env };
    return runDeployer(service, 'up', words, { record: join(folder, 'deployment.json'), env: all });
  }

  test('serves a whole deploy', async () => {
    const { exitCode, stdout, stderr } = await deploy({ HTTP_PROXY: `http://${LOGIN}@${proxy.host}` });
    expect(exitCode, stderr).toBe(0);
    expect([...new Set(proxy.asked)].sort()).toEqual(
      [new URL(service.url).host, service.registryHost, service.storeHost].sort(),
    );
    expect(stdout + stderr).not.toMatch(/s(e|%65)cret/);
    expect(service.account.functions.recognize_face?.aliases.live?.version).toBe('1');
  });

  test('leads to an AWS behind TLS, whose authority NODE_EXTRA_CA_CERTS names', async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
    const who = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    await execa('openssl', [...words, ...who, '-keyout', key, '-out', cert]);
    const server = createServer({ key: await readFile(key), cert: await readFile(cert) }, (client) => {
      const inner = connect(Number(new URL(service.url).port), '127.0.0.1');
      client.on('error', () => inner.destroy()).pipe(inner);
      inner.on('error', () => client.destroy()).pipe(client);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const host = `localhost:${(server.address() as AddressInfo).port}`;
    const env = { AWS_ENDPOINT_URL: `https://${host}`, HTTPS_PROXY: `http://${LOGIN}@${proxy.host}` };
    const { exitCode, stderr } = await deploy({ ...env, NODE_EXTRA_CA_CERTS: cert });
    expect(exitCode, stderr).toBe(0);
    expect([...new Set(proxy.asked)]).toEqual([host]);
  });

  test('is left out for one host and port, and used for another', async () => {
    const NO_PROXY = service.registryHost;
    const { exitCode, stderr } = await deploy({ HTTP_PROXY: `${LOGIN}@${proxy.host}`, NO_PROXY });
    expect(exitCode, stderr).toBe(0);
    // One tunnel leads to the store, to which the registry's links lead.
    expect([...new Set(proxy.asked)].sort()).toEqual([new URL(service.url).host, service.storeHost].sort());
  });

  test.each([
    [
      'that is not there',
      'http://someone:secret@127.0.0.1:9',
      /AWS cannot be reached \(sts:.*\): check the network.*HTTPS_PROXY/,
    ],
    [
      'of another kind',
      'socks5://someone:secret@127.0.0.1:9',
      /the proxy that the environment names is not an address: one is HTTPS_PROXY=http:/,
    ],
  ])('%s is reported in one line, without its password', async (_what, HTTP_PROXY, line) => {
    const { exitCode, stderr } = await deploy({ HTTP_PROXY });
    expect(stderr.split('\n').at(-1)).toMatch(line);
    expect(stderr).not.toContain('secret');
    expect(exitCode).toBe(2);
  });

  test('that refuses our login is reported in one line', async () => {
    const { exitCode, stderr } = await deploy({ HTTP_PROXY: `http://someone:wrong@${proxy.host}` });
    expect(stderr.split('\n').at(-1)).toMatch(/the proxy refuses .*407.*: /);
    expect(stderr).not.toContain('wrong');
    expect(exitCode).toBe(2);
    expect(service.calls).toEqual([]);
  });

  test('serves fr-train and fr-recognize on AWS', async () => {
    const { exitCode } = await deploy({});
    expect(exitCode).toBe(0);
    const env = {
      ...awsEnvironment(service),
      FR_DEPLOYMENT: join(folder, 'deployment.json'),
      HTTP_PROXY: `http://${LOGIN}@${proxy.host}`,
      NO_PROXY: '',
    };
    const { stderr, stdout } = await start('fr-train', [WOMAN, '--remote'], { env });
    expect(stdout, stderr).toContain('0.5,0.5');
    expect([...new Set(proxy.asked)]).toEqual([new URL(service.url).host]);
    expect(stderr).not.toMatch(/s(e|%65)cret/);
  });
});
