// The steps from what is there to what is wanted: one difference at a time.
import { beforeEach, describe, expect, test } from 'vitest';
import { planDeploy } from '../../../deploy/cloud/plan.ts';
import { foreignThings, planDestroy } from '../../../deploy/cloud/plan-destroy.ts';
import { keptByHand } from '../../../deploy/cloud/plan-function.ts';
import { executionPolicy, LIFECYCLE, pullPolicy, trustPolicy } from '../../../deploy/cloud/policy.ts';
import type { FunctionState, State } from '../../../deploy/cloud/state.ts';
import { functionSettings, type Step, tagsOf, type Wanted } from '../../../deploy/cloud/steps.ts';
import { ALIAS, FUNCTIONS, liveTag } from '../../../deploy/names.ts';
import { scratchFolder } from '../../helpers.ts';
import { wantedIn } from '../helpers.ts';

const NOTHING: State = {
  map: {},
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
    digest: wanted.images?.[name].digest ?? '',
    codeHash: 'hash',
    isBroken: false,
    live: { ...settings, version: '1', codeHash: 'hash', isBroken: false },
    versions: ['1'],
    byHand: {},
  });
  state = {
    repository: {
      uri: 'registry/name',
      tags,
      scansOnPush: true,
      isImmutable: true,
      lifecycle: JSON.stringify(LIFECYCLE),
      pullPolicy: JSON.stringify(pullPolicy(wanted.place)),
      liveTags: FUNCTIONS.map((name) => liveTag(name, wanted.images?.[name].digest ?? '')),
    },
    pushed: { trainer: true, recognizer: true },
    role: {
      tags,
      trust: JSON.stringify(trustPolicy(wanted.place)),
      policy: JSON.stringify(executionPolicy(wanted.arns)),
    },
    map: {},
    logGroups: { trainer: { tags, retentionDays: 30 }, recognizer: { tags, retentionDays: 30 } },
    functions: { trainer: made('trainer'), recognizer: made('recognizer') },
  };
});

/** `action` or `action of`, one a step. */
function short(steps: readonly Step[]): string[] {
  return steps.map(({ action, of }) => (of ? `${action} ${of}` : action));
}

describe('deploying', () => {
  test('makes everything in an empty account: images before functions, the role before the functions that take it', () => {
    expect(short(planDeploy(NOTHING, wanted))).toEqual([
      ...['createRepository', 'putLifecycle', 'allowPulls'],
      ...FUNCTIONS.flatMap((name) => [`pushImage ${name}`, `spareImage ${name}`]),
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
    ['no environment', () => (trainer().variables = {}), ['updateConfiguration trainer', 'publish trainer']],
    [
      'a variable of ours that someone changed',
      () => (trainer().variables = { ...trainer().variables, FR_TIMEOUT_MS: '5' }),
      ['updateConfiguration trainer', 'publish trainer'],
    ],
    [
      'a variable that an earlier deploy set and this one does not',
      () => (trainer().variables = { ...trainer().variables, A: '1', FR_SET_BY_DEPLOY: 'A,FR_TIMEOUT_MS' }),
      ['updateConfiguration trainer', 'publish trainer'],
    ],
    [
      'a variable that nobody published yet',
      () => (trainer().variables = { ...trainer().variables, BY_HAND: '1' }),
      ['publish trainer'],
    ],
    [
      'an image in use that the lifecycle rule could count out',
      () => Object.assign(state.repository as object, { liveTags: [] }),
      ['spareImage trainer', 'spareImage recognizer'],
    ],
    [
      'more images in use than there can be',
      () => state.repository?.liveTags.push(...[1, 2, 3, 4].map((i) => liveTag('trainer', `sha256:${i}`))),
      ['releaseImages trainer'],
    ],
    [
      'a boundary that is asked for',
      () => (wanted.settings.boundary = 'arn:aws:iam::123456789012:policy/b'),
      ['putBoundary'],
    ],
    [
      'no boundary asked for: one that is there stays',
      () => Object.assign(state.role as object, { boundary: 'arn:aws:iam::123456789012:policy/b' }),
      [],
    ],
    [
      'a role of its own asked for: ours is left as it is',
      () => {
        wanted.settings.role = 'arn:aws:iam::123456789012:role/theirs';
        Object.assign(state.role as object, { trust: '{}', policy: undefined, tags: wanted.names.tags });
      },
      FUNCTIONS.flatMap((name) => [`updateConfiguration ${name}`, `publish ${name}`]),
    ],
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
    [
      'tags that an earlier deploy set, and not those of others',
      () =>
        Object.assign(state.role as object, { tags: { ...wanted.names.tags, 'fr:tags': 'who', who: 'me', a: 'b' } }),
      ['tagRole'],
    ],
    [
      'no tags of ours where others set some',
      () => Object.assign(state.role as object, { tags: { ...wanted.names.tags, a: 'b' } }),
      [],
    ],
  ])('finds %s', (_case, change, steps) => {
    change();
    expect(short(planDeploy(state, wanted))).toEqual(steps);
  });

  test('recognises a policy that AWS has rewritten', () => {
    const { Statement, Version } = trustPolicy(wanted.place);
    const rewritten = { Statement: { ...Statement[0], Action: ['sts:AssumeRole'] }, Version };
    Object.assign(state.role as object, { trust: JSON.stringify(rewritten) });
    expect(planDeploy(state, wanted)).toEqual([]);
  });

  test('needs no digest for an empty account, and says that the image of a function may change', () => {
    delete wanted.images;
    const steps = planDeploy(NOTHING, wanted);
    expect(steps.find(({ action }) => action === 'pushImage')?.text).toBe(
      'build the image of prepare-face-recognizer and push it',
    );
    expect(short(steps)).toContain('createFunction recognizer');
    expect(planDeploy(state, wanted).map(({ text }) => text)).toContain(
      'give recognize_face the image that is built, if it is another',
    );
  });

  test('names the settings made by hand that it keeps, without their values', () => {
    trainer().variables = { ...trainer().variables, SECRET: 'x-y-z' };
    trainer().byHand = { EphemeralStorage: { Size: 1024 }, TracingConfig: { Mode: 'Active' } };
    expect(keptByHand(state, wanted.names)).toEqual([
      'keeps what was set by hand on prepare-face-recognizer: the environment of SECRET, 1024 MB of /tmp, tracing',
    ]);
    trainer().memoryMb = 512;
    const changed = functionSettings(wanted, trainer().variables);
    expect(changed.variables).toMatchObject({ SECRET: 'x-y-z', FR_TIMEOUT_MS: '58000' });
  });

  test.each([
    [1, 800],
    [10, 8000],
    [60, 58_000],
    [900, 898_000],
  ])('gives the sidecar of a function of %i s a little less: %i ms', (timeoutS, ms) => {
    wanted.settings.timeoutS = timeoutS;
    expect(functionSettings(wanted).variables.FR_TIMEOUT_MS).toBe(String(ms));
  });

  test('refuses names that someone else uses already', () => {
    trainer().tags = {};
    expect(() => planDeploy(state, wanted)).toThrow(
      'the function prepare-face-recognizer: has our name but was not made by this program (no tag fr:project): delete it, or choose another --stage',
    );
    expect(foreignThings(state, wanted.names)).toEqual(['the function prepare-face-recognizer']);
  });
});

describe('destroying', () => {
  test('deletes all of it, the role after the functions', () => {
    expect(short(planDestroy(state, wanted.names))).toEqual([
      ...['deleteFunction trainer', 'deleteFunction recognizer', 'deleteLogGroup trainer', 'deleteLogGroup recognizer'],
      ...['deleteRolePolicy', 'deleteRole', 'deleteRepository'],
    ]);
  });

  test('keeps what belongs to another stage or has no tag of ours', () => {
    (state.repository as { tags: object }).tags = { ...wanted.names.tags, 'fr:stage': 'dev' };
    (state.role as { tags: object }).tags = {};
    expect(short(planDestroy(state, wanted.names))).not.toContain('deleteRepository');
    expect(short(planDestroy(state, wanted.names))).not.toContain('deleteRole');
  });

  test('goes on where an earlier run stopped, until nothing is left', () => {
    const left: State = { ...NOTHING, role: { tags: wanted.names.tags, trust: '' } };
    expect(short(planDestroy(left, wanted.names))).toEqual(['deleteRole']);
    expect(planDestroy(NOTHING, wanted.names)).toEqual([]);
  });
});

test('the alias is the one that clients use', () => {
  expect(ALIAS).toBe('live');
});
