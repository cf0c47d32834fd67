// What is there and what is wanted -> steps: one difference at a time.
import { beforeEach, describe, expect, test } from 'vitest';
import { ALIAS, FUNCTIONS } from '../../deploy/names.ts';
import { planDeploy } from '../../deploy/plan.ts';
import { planDestroy, strangers } from '../../deploy/plan-destroy.ts';
import { executionPolicy, LIFECYCLE, PULL_POLICY, TRUST } from '../../deploy/policy.ts';
import type { FunctionState, State } from '../../deploy/state.ts';
import { functionSettings, type Step, tagsOf, type Wanted } from '../../deploy/steps.ts';
import { scratchFolder } from '../helpers.ts';
import { wantedIn } from './helpers.ts';

const NOTHING: State = {
  pushed: { trainer: false, recognizer: false },
  logGroups: { trainer: undefined, recognizer: undefined },
  functions: { trainer: undefined, recognizer: undefined },
};

let wanted: Wanted;
/** As a deploy leaves it. */
let state: Required<State>;

beforeEach(async () => {
  wanted = await wantedIn(await scratchFolder());
  const tags = tagsOf(wanted);
  const settings = functionSettings(wanted);
  const made = (name: 'trainer' | 'recognizer'): FunctionState => ({
    ...settings,
    tags,
    isImage: true,
    digest: wanted.images[name].digest,
    codeHash: 'hash',
    isBroken: false,
    live: { ...settings, version: '1', codeHash: 'hash', isBroken: false },
    versions: ['1'],
  });
  state = {
    repository: {
      uri: 'registry/name',
      tags,
      scansOnPush: true,
      isImmutable: true,
      lifecycle: JSON.stringify(LIFECYCLE),
      pullPolicy: JSON.stringify(PULL_POLICY),
    },
    pushed: { trainer: true, recognizer: true },
    role: { tags, trust: JSON.stringify(TRUST), policy: JSON.stringify(executionPolicy(wanted.arns)) },
    logGroups: { trainer: { tags, retentionDays: 30 }, recognizer: { tags, retentionDays: 30 } },
    functions: { trainer: made('trainer'), recognizer: made('recognizer') },
  };
});

/** `action` or `action of`, one a step. */
function short(steps: readonly Step[]): string[] {
  return steps.map(({ action, of }) => (of ? `${action} ${of}` : action));
}

describe('deploying', () => {
  test('makes everything in an empty account: images before functions, the role before who takes it', () => {
    expect(short(planDeploy(NOTHING, wanted))).toEqual([
      ...['createRepository', 'putLifecycle', 'allowPulls', 'pushImage trainer', 'pushImage recognizer'],
      ...['createRole', 'putRolePolicy'],
      ...FUNCTIONS.flatMap((name) => [`createLogGroup ${name}`, `retainLogs ${name}`]),
      ...FUNCTIONS.flatMap((name) => [`createFunction ${name}`, `publish ${name}`]),
    ]);
  });

  test('does nothing when nothing differs', () => {
    expect(planDeploy(state, wanted)).toEqual([]);
  });

  const trainer = (): FunctionState => state.functions.trainer as FunctionState;
  test.each<[string, () => void, string[]]>([
    [
      'another image: code only',
      () => {
        state.pushed.trainer = false;
        trainer().digest = 'sha256:0';
      },
      ['pushImage trainer', 'updateCode trainer', 'publish trainer'],
    ],
    [
      'another memory: configuration only',
      () => (trainer().memoryMb = 512),
      ['updateConfiguration trainer', 'publish trainer'],
    ],
    ['another timeout', () => (trainer().timeoutS = 3), ['updateConfiguration trainer', 'publish trainer']],
    ['SnapStart off', () => (trainer().snapStart = true), ['updateConfiguration trainer', 'publish trainer']],
    ['an environment', () => (trainer().variables = { A: '1' }), ['updateConfiguration trainer', 'publish trainer']],
    ['another role', () => (trainer().role = 'other'), ['updateConfiguration trainer', 'publish trainer']],
    [
      'another processor: with the code',
      () => (trainer().architecture = 'arm64'),
      ['updateCode trainer', 'publish trainer'],
    ],
    ['no alias, of a run cut short', () => (trainer().live = undefined), ['publish trainer']],
    ['an alias of older code', () => ((trainer().live as { codeHash: string }).codeHash = 'old'), ['publish trainer']],
    ['an alias of another memory', () => ((trainer().live as { memoryMb: number }).memoryMb = 1), ['publish trainer']],
    [
      'an alias of a failed version',
      () => ((trainer().live as { isBroken: boolean }).isBroken = true),
      ['publish trainer'],
    ],
    [
      'a last change that failed',
      () => (trainer().failure = 'Why: because'),
      ['updateCode trainer', 'publish trainer'],
    ],
    [
      'a failed function: made anew',
      () => Object.assign(trainer(), { isBroken: true, failure: 'ImageDeleted: gone' }),
      ['deleteFunction trainer', 'createFunction trainer', 'publish trainer'],
    ],
    [
      'a function of a zip file',
      () => (trainer().isImage = false),
      ['deleteFunction trainer', 'createFunction trainer', 'publish trainer'],
    ],
    ['many versions', () => (trainer().versions = ['1', '2', '3', '4']), ['pruneVersions trainer']],
    ['mutable tags', () => Object.assign(state.repository as object, { isImmutable: false }), ['makeTagsImmutable']],
    ['no scan', () => Object.assign(state.repository as object, { scansOnPush: false }), ['scanOnPush']],
    ['no lifecycle', () => Object.assign(state.repository as object, { lifecycle: undefined }), ['putLifecycle']],
    ['no pulls', () => Object.assign(state.repository as object, { pullPolicy: '{}' }), ['allowPulls']],
    ['no role policy', () => Object.assign(state.role as object, { policy: undefined }), ['putRolePolicy']],
    ['another trust', () => Object.assign(state.role as object, { trust: '{"Statement":[]}' }), ['putTrust']],
    ['logs kept for ever', () => delete state.logGroups.recognizer?.retentionDays, ['retainLogs recognizer']],
    [
      'a tag that the user wants',
      () => (wanted.settings.tags = { who: 'me' }),
      [
        'tagRepository',
        'tagRole',
        'tagLogGroup trainer',
        'tagLogGroup recognizer',
        'tagFunction trainer',
        'tagFunction recognizer',
      ],
    ],
  ])('finds %s', (_case, change, steps) => {
    change();
    expect(short(planDeploy(state, wanted))).toEqual(steps);
  });

  test('takes a policy as the same however AWS writes it down', () => {
    const [statement] = TRUST.Statement;
    const rewritten = { Statement: { ...statement, Action: ['sts:AssumeRole'] }, Version: TRUST.Version };
    Object.assign(state.role as object, { trust: JSON.stringify(rewritten) });
    expect(planDeploy(state, wanted)).toEqual([]);
  });

  test('refuses names that someone else uses', () => {
    trainer().tags = {};
    expect(() => planDeploy(state, wanted)).toThrow(
      'the function prepare-face-recognizer: of our name, and not made by this (no tag fr:project): delete it, or choose another --stage',
    );
    expect(strangers(state, wanted.names)).toEqual(['the function prepare-face-recognizer']);
  });
});

describe('destroying', () => {
  test('deletes all of it, the role after the functions', () => {
    expect(short(planDestroy(state, wanted.names))).toEqual([
      ...['deleteFunction trainer', 'deleteFunction recognizer', 'deleteLogGroup trainer', 'deleteLogGroup recognizer'],
      ...['deleteRolePolicy', 'deleteRole', 'deleteRepository'],
    ]);
  });

  test('spares what is of another stage or has no tag of ours', () => {
    (state.repository as { tags: object }).tags = { ...wanted.names.tags, 'fr:stage': 'dev' };
    (state.role as { tags: object }).tags = {};
    expect(short(planDestroy(state, wanted.names))).not.toContain('deleteRepository');
    expect(short(planDestroy(state, wanted.names))).not.toContain('deleteRole');
  });

  test('goes on where an earlier run stopped, down to nothing', () => {
    const left: State = { ...NOTHING, role: { tags: wanted.names.tags, trust: '' } };
    expect(short(planDestroy(left, wanted.names))).toEqual(['deleteRole']);
    expect(planDestroy(NOTHING, wanted.names)).toEqual([]);
  });
});

test('the alias is the one that clients are told of', () => {
  expect(ALIAS).toBe('live');
});
