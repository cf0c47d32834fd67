// What is found out about Docker clients and their engine. The clients are tiny programs.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { findEngine } from '../../../deploy/image/engine.ts';
import { scratchFolder } from '../../helpers.ts';

test.each([
  ['bridge, host and none', ['bridge', 'host', 'none'], true],
  ['host, none, and one that somebody made', ['host', 'none', 'compose_default'], false],
])('an engine with the networks %s has the one that builds use, or not', async (_, networks, hasBridge) => {
  const folder = await scratchFolder();
  const client = join(folder, 'docker');
  const script = `#!/bin/sh
case "$1 $2" in
  'build --help') echo --secret;;
  'version --format') echo 1.0 2.0;;
  'network ls') case "$*" in *{{.Name}}*) printf '%s\\n' ${networks.join(' ')};; *) echo 0123456789ab;; esac;;
esac
`;
  writeFileSync(client, script);
  chmodSync(client, 0o755);
  vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await findEngine()).toEqual({ client, clientVersion: '1.0', serverVersion: '2.0', hasBridge });
});
