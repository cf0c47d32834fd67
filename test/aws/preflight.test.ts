// Deploy's first questions about an account, when the answer is denied or is not AWS's.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connect } from '../../deploy/cloud/aws/connect.ts';
import { askAllowance } from '../../deploy/cloud/preflight.ts';
import { scratchFolder } from '../helpers.ts';
import { pretend, runDeployer } from './deployer.ts';
import { describeWithAws, startAws } from './helpers.ts';
import { writeLayout } from './images.ts';
import { DEPLOYER } from './settings.ts';

describeWithAws('npm run deploy', (storage) => {
  test("warns and goes on when the account's limits may not be read", async () => {
    const service = await startAws(storage(), { run: pretend });
    const Statement = [
      { Effect: 'Allow' as const, Action: '*', Resource: '*' },
      { Effect: 'Deny' as const, Action: 'lambda:GetAccountSettings', Resource: '*' },
    ];
    service.people[0] = { ...DEPLOYER, policy: { Version: '2012-10-17', Statement } };
    const folder = await scratchFolder();
    const layout = await writeLayout(join(folder, 'images'), 'amd64', {
      trainer: { content: 'a' },
      recognizer: { content: 'b' },
    });
    const record = join(folder, 'deployment.json');
    const words = ['--images', layout, '--arch', 'x86_64', '--yes'];
    const { exitCode, stderr } = await runDeployer(service, 'up', words, { record });
    expect(stderr).toMatch(
      /^deploy: warning: how many calls at a time Lambda runs here is not known \(lambda:GetAccountSettings: User: .*\): new accounts have as few as 10$/m,
    );
    expect(exitCode, stderr).toBe(0);
  });
});

test('warns when an emulator answers with a web page', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(404, { 'content-type': 'text/html' });
    response.end('<!doctype html><title>404 Not Found</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', DEPLOYER.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', DEPLOYER.secretAccessKey);
  onTestFinished(() => void vi.unstubAllEnvs());
  const aws = await connect({ region: 'eu-west-1' });
  onTestFinished(() => aws.close());
  const { warnings, concurrency } = await askAllowance(aws);
  const [line, ...rest] = warnings;
  expect(line).toContain('is not known (lambda:GetAccountSettings: HTTP 404 and no JSON)');
  expect(rest).toEqual([]);
  expect(concurrency).toBe(8); // of the 10 that a new account has
});
