// Which proxy the environment names for a URL.
import { beforeEach, expect, test, vi } from 'vitest';
import { proxyAgents, proxyFor } from '../../deploy/proxy.ts';

const AWS = 'https://lambda.eu-west-1.amazonaws.com';

beforeEach(() => {
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY']) {
    vi.stubEnv(name, '');
    vi.stubEnv(name.toLowerCase(), '');
  }
  return () => vi.unstubAllEnvs();
});

test.each(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'])('is what %s says', (name) => {
  vi.stubEnv(name, 'http://user:word@proxy:3128');
  expect(proxyFor(AWS)).toBe('http://user:word@proxy:3128');
  expect(Object.keys(proxyAgents())).toEqual(['httpAgent', 'httpsAgent']);
});

test('is none when no variable is set, or only that of the other scheme', () => {
  expect(proxyFor(AWS)).toBeUndefined();
  expect(proxyAgents()).toEqual({});
  vi.stubEnv('HTTP_PROXY', 'http://proxy:3128');
  expect(proxyFor(AWS)).toBeUndefined();
  expect(proxyFor('http://127.0.0.1:4566')).toBe('http://proxy:3128');
});

test('is spoken to in plain HTTP when the variable is only host and port', () => {
  vi.stubEnv('HTTPS_PROXY', 'user:word@proxy:3128');
  expect(proxyFor(AWS)).toBe('http://user:word@proxy:3128');
});

test.each(['*', '.amazonaws.com', 'lambda.eu-west-1.amazonaws.com', 'a.example, *.amazonaws.com:443'])(
  'is none when NO_PROXY is %s',
  (hosts) => {
    vi.stubEnv('HTTPS_PROXY', 'http://proxy:3128');
    vi.stubEnv('NO_PROXY', hosts);
    expect(proxyFor(AWS)).toBeUndefined();
    expect(proxyFor('https://example.org') === undefined).toBe(hosts === '*');
  },
);

test.each(['socks5://user:word@proxy:1080', 'http://', 'pac+http://proxy/file'])(
  'is refused when we cannot use its address (%s), which the message does not quote',
  (address) => {
    vi.stubEnv('HTTPS_PROXY', address);
    const line = 'the proxy that the environment names is not an address: one is HTTPS_PROXY=http://proxy:3128';
    expect(() => proxyFor(AWS)).toThrow(line);
    expect(() => proxyAgents()).toThrow(line);
  },
);
