// The deployer's command line, and its lines for what cannot be used.
import { expect, test } from 'vitest';
import { readSettings, readTarget } from '../../deploy/settings.ts';

test('has a default for everything', () => {
  expect(readSettings([])).toMatchObject({
    memoryMb: 1769,
    timeoutS: 60,
    snapStart: false,
    tags: {},
    yes: false,
    plan: false,
  });
});

test('reads what is given', () => {
  const words =
    '--arch arm64 --memory 3008 --timeout 20 --snapstart --tags who=me,why=a=b --stage dev --region eu-west-1 --yes';
  expect(readSettings(words.split(' '))).toMatchObject({
    ...{ architecture: 'arm64', memoryMb: 3008, timeoutS: 20, snapStart: true, tags: { who: 'me', why: 'a=b' } },
    ...{ stage: 'dev', region: 'eu-west-1', yes: true },
  });
  expect(readSettings(['--arch', 'x86_64'])?.architecture).toBe('amd64');
});

test.each([
  ['--memory 100', '--memory 100 cannot be used: a whole number from 128 to 10240'],
  ['--memory 1e3', '--memory 1e3 cannot be used: a whole number from 128 to 10240'],
  ['--timeout 901', '--timeout 901 cannot be used: a whole number from 1 to 900'],
  ['--arch sparc', '--arch sparc is not known: x86_64 or arm64'],
  ['--region Ireland', '--region Ireland is not a Region: one is eu-west-1'],
  ['--tags who', '--tags who cannot be used: KEY=VALUE,... with no key that starts with aws: or fr:'],
  ['--tags fr:stage=x', '--tags fr:stage=x cannot be used: KEY=VALUE,... with no key that starts with aws: or fr:'],
  ['--frobnicate', "Unknown option '--frobnicate': see --help"],
])('refuses %s', (words, line) => {
  expect(() => readSettings(words.split(' '))).toThrow(line);
});

test.each(['Dev', '1st', 'a--b', 'a-', 'x'.repeat(17), ''])('refuses the stage %j', (stage) => {
  expect(() => readTarget(['--stage', stage])).toThrow(/^--stage .* cannot be used/);
});
