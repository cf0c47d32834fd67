// The deployer's command line, and its messages about values that cannot be used.
import { expect, test } from 'vitest';
import { DEPLOY_HELP, DESTROY_HELP, readSettings, readTarget } from '../../deploy/settings.ts';

test('has a default for everything', () => {
  expect(readSettings([])).toMatchObject({
    memoryMb: 1769,
    timeoutS: 60,
    snapStart: false,
    tags: {},
    env: {},
    yes: false,
    plan: false,
  });
});

test('has a help that fits on a terminal of 80 columns', () => {
  const lines = `${DEPLOY_HELP}${DESTROY_HELP}`.split('\n');
  expect(lines.filter((line) => line.length >= 80)).toEqual([]);
});

test('reads what is given', () => {
  const words =
    '--arch arm64 --memory 3008 --timeout 20 --snapstart --tags who=me,why=a=b --stage dev --region eu-west-1 --yes';
  expect(readSettings(words.split(' '))).toMatchObject({
    ...{ architecture: 'arm64', memoryMb: 3008, timeoutS: 20, snapStart: true, tags: { who: 'me', why: 'a=b' } },
    ...{ stage: 'dev', region: 'eu-west-1', yes: true },
  });
  expect(readSettings(['--arch', 'x86_64'])?.architecture).toBe('amd64');
  expect(readSettings(['--arch', 'amd64'])?.architecture).toBe('amd64');
});

test('takes variables and tags several times, with any value', () => {
  const words = ['--env', 'A_1=b=c,d', '--env', 'LIST=', '--tags', 'a=b,c=d', '--tags', 'e=f'];
  expect(readSettings(words)).toMatchObject({
    env: { A_1: 'b=c,d', LIST: '' },
    tags: { a: 'b', c: 'd', e: 'f' },
  });
});

test('takes a role, or a boundary for the role that is made', () => {
  const [role, boundary] = ['arn:aws:iam::123456789012:role/path/face', 'arn:aws:iam::123456789012:policy/limits'];
  expect(readSettings(['--role', role])?.role).toBe(role);
  expect(readSettings(['--permissions-boundary', boundary])?.boundary).toBe(boundary);
  expect(() => readSettings(['--role', role, '--permissions-boundary', boundary])).toThrow(
    '--permissions-boundary is for a role that is made: leave it out, or leave out --role',
  );
});

test('does not show the value of a variable that it refuses', () => {
  expect(() => readSettings(['--env', '1A=secret'])).toThrow(/^--env 1A cannot be used: (?!.*secret)/);
});

test.each([
  ['--memory 100', '--memory 100 cannot be used: a whole number from 128 to 10240'],
  ['--memory 1e3', '--memory 1e3 cannot be used: a whole number from 128 to 10240'],
  ['--timeout 901', '--timeout 901 cannot be used: a whole number from 1 to 900'],
  ['--arch sparc', '--arch sparc is not known: x86_64 or arm64'],
  ['--region Ireland', '--region Ireland is not a Region: one is eu-west-1'],
  ['--tags who', '--tags who cannot be used: KEY=VALUE,... with no key that starts with aws: or fr:'],
  ['--tags fr:stage=x', '--tags fr:stage=x cannot be used: KEY=VALUE,... with no key that starts with aws: or fr:'],
  ['--env A', '--env A cannot be used: KEY=VALUE, the key of letters, digits and _, a letter first'],
  ['--env AWS_REGION=x', '--env AWS_REGION cannot be used: Lambda or this program sets it'],
  ['--env FR_SET_BY_DEPLOY=x', '--env FR_SET_BY_DEPLOY cannot be used: Lambda or this program sets it'],
  ['--role face', '--role face is not the ARN of a role: one is arn:aws:iam::123456789012:role/name'],
  [`--tags ${'k'.repeat(257)}=v`, '--tags has too many keys: together they may have 256 characters'],
  ['--frobnicate', "Unknown option '--frobnicate': see --help"],
])('refuses %s', (words, line) => {
  expect(() => readSettings(words.split(' '))).toThrow(line);
});

test.each(['Dev', '1st', 'a--b', 'a-', 'x'.repeat(17), ''])('refuses the stage %j', (stage) => {
  expect(() => readTarget(['--stage', stage])).toThrow(/^--stage .* cannot be used/);
});
