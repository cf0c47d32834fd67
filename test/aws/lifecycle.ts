// Judges lifecycle policies by ECR's user guide; rules that count are let pass, as no test needs others.
import * as z from 'zod';
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
export function judgeLifecycle(text: string): void {
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
}
