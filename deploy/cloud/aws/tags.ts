// Tags as the deployer holds them, and as the lists that ECR and IAM want.

/** Keys and values, as Lambda and CloudWatch Logs take them. */
export type Tags = Record<string, string>;

export function toTagList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function fromTagList(
  list: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
): Tags {
  return Object.fromEntries((list ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}
