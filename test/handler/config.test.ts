// The settings.
import { existsSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { expect, test } from 'vitest';
import { processConfig, readConfig } from '../../handler/config.ts';
import { ConfigError } from '../../handler/errors.ts';

test('an empty environment gives the defaults', () => {
  const { sidecarPath, ...limits } = readConfig({});
  expect(limits).toEqual({ timeoutMs: 30_000, maxPixels: 50_000_000, maxBytes: 64 * 2 ** 20 });
  expect(isAbsolute(sidecarPath)).toBe(true);
  expect(sidecarPath).toMatch(/\/native\/fr-sidecar$/);
  expect(existsSync(dirname(sidecarPath))).toBe(true);
});

test('every setting is taken from the environment', () => {
  const environment = {
    FR_SIDECAR: '/opt/sidecar',
    FR_TIMEOUT_MS: '1',
    FR_MAX_PIXELS: '2',
    FR_MAX_BYTES: '3',
    PATH: '/bin',
  };
  expect(readConfig(environment)).toEqual({ sidecarPath: '/opt/sidecar', timeoutMs: 1, maxPixels: 2, maxBytes: 3 });
});

test.each([
  ['FR_SIDECAR', ''],
  ['FR_TIMEOUT_MS', 'soon'],
  ['FR_TIMEOUT_MS', ''],
  ['FR_TIMEOUT_MS', '0'],
  ['FR_TIMEOUT_MS', '3000000000'], // a Node timer would fire at once
  ['FR_MAX_PIXELS', '-1'],
  ['FR_MAX_PIXELS', '1.5'],
  ['FR_MAX_PIXELS', 'Infinity'],
  ['FR_MAX_PIXELS', '1000000001'], // the sidecar's arithmetic ends there
  ['FR_MAX_BYTES', '1e99'],
  ['FR_MAX_BYTES', '64 MB'],
])('%s=%s is a ConfigError that names it', (name, value) => {
  let error: unknown;
  try {
    readConfig({ [name]: value });
  } catch (reason) {
    error = reason;
  }
  expect(error).toBeInstanceOf(ConfigError);
  expect(error).toMatchObject({ name: 'ConfigError', code: 'BAD_CONFIG' });
  expect((error as ConfigError).message).toMatch(new RegExp(`^${name}=${value} cannot be used: [^\n]+$`));
});

test("the process's settings are read once", () => {
  expect(processConfig()).toBe(processConfig());
});
