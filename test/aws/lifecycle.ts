// ECR's lifecycle policies by its user guide: checks one, and says which images it expires. It accepts only
// rules that count, since no test needs others.
import * as z from 'zod';
import type { PushedImage } from './account.ts';
import { AwsError } from './failure.ts';

const common = { countType: z.literal('imageCountMoreThan'), countNumber: z.int().min(1) };
const Lifecycle = z.strictObject({
  rules: z
    .array(
      z.strictObject({
        rulePriority: z.int().min(1),
        description: z.string().max(256).optional(),
        selection: z.union([
          z.strictObject({ tagStatus: z.enum(['any', 'untagged']), ...common }),
          z.strictObject({ tagStatus: z.literal('tagged'), tagPrefixList: z.array(z.string()).min(1), ...common }),
          z.strictObject({ tagStatus: z.literal('tagged'), tagPatternList: z.array(z.string()).min(1), ...common }),
        ]),
        action: z.strictObject({ type: z.literal('expire') }),
      }),
    )
    .min(1),
});

/** @throws AwsError InvalidParameterException. */
export function judgeLifecycle(text: string): z.infer<typeof Lifecycle> {
  const fail = (what: string): AwsError => {
    return new AwsError('InvalidParameterException', `Invalid parameter at 'LifecyclePolicyText': ${what}`);
  };
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw fail('it is not JSON');
  }
  const parsed = Lifecycle.safeParse(policy);
  if (!parsed.success) throw fail(z.prettifyError(parsed.error));
  const { rules } = parsed.data;
  if (new Set(rules.map(({ rulePriority }) => rulePriority)).size < rules.length) throw fail('priorities repeat');
  return parsed.data;
}

type Rule = z.infer<typeof Lifecycle>['rules'][number];

/**
 * The digests that a policy expires. One rule or none expires an image. A rule also counts images that earlier rules
 * expired, and it expires no image that an earlier rule counted and kept.
 */
export function expiredImages(policy: string, images: readonly PushedImage[]): string[] {
  const kept = new Set<string>();
  const expired = new Set<string>();
  const rules = judgeLifecycle(policy).rules.sort((a, b) => a.rulePriority - b.rulePriority);
  const newestFirst = [...images].sort((a, b) => b.pushedAt - a.pushedAt);
  for (const { selection } of rules) {
    for (const [i, { digest }] of newestFirst.filter((image) => isSelected(selection, image)).entries()) {
      if (kept.has(digest) || expired.has(digest)) continue;
      (i < selection.countNumber ? kept : expired).add(digest);
    }
  }
  return [...expired];
}

/** An image must have tags with all prefixes. */
function isSelected(selection: Rule['selection'], { tags }: PushedImage): boolean {
  if (selection.tagStatus === 'any') return true;
  if (selection.tagStatus === 'untagged') return tags.length === 0;
  if (!('tagPrefixList' in selection)) throw new Error("the tests' service knows no tagPatternList");
  return selection.tagPrefixList.every((prefix) => tags.some((tag) => tag.startsWith(prefix)));
}
