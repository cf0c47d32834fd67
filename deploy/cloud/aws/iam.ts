// The calls to IAM: the functions' execution role.
import type { IAM } from '@aws-sdk/client-iam';
import { ifThere } from './errors.ts';
import { fromTagList, type Tags, toTagList } from './tags.ts';

export function iamCalls(iam: IAM) {
  return {
    role: async (RoleName: string) => {
      const role = (await ifThere(iam.getRole({ RoleName })))?.Role;
      if (!role) return undefined;
      return {
        arn: role.Arn ?? '',
        trust: decoded(role.AssumeRolePolicyDocument),
        tags: fromTagList(role.Tags),
        boundary: role.PermissionsBoundary?.PermissionsBoundaryArn,
      };
    },
    rolePolicy: async (RoleName: string, PolicyName: string): Promise<string | undefined> => {
      const answer = await ifThere(iam.getRolePolicy({ RoleName, PolicyName }));
      return answer && decoded(answer.PolicyDocument);
    },
    createRole: (input: { name: string; trust: string; tags: Tags; boundary?: string | undefined }) =>
      iam.createRole({
        RoleName: input.name,
        AssumeRolePolicyDocument: input.trust,
        Description: 'Made by serverless-face-recognition',
        Tags: toTagList(input.tags),
        ...(input.boundary === undefined ? {} : { PermissionsBoundary: input.boundary }),
      }),
    putRoleBoundary: (RoleName: string, PermissionsBoundary: string) =>
      iam.putRolePermissionsBoundary({ RoleName, PermissionsBoundary }),
    updateTrust: (RoleName: string, PolicyDocument: string) => iam.updateAssumeRolePolicy({ RoleName, PolicyDocument }),
    putRolePolicy: (RoleName: string, PolicyName: string, PolicyDocument: string) =>
      iam.putRolePolicy({ RoleName, PolicyName, PolicyDocument }),
    tagRole: (RoleName: string, tags: Tags) => iam.tagRole({ RoleName, Tags: toTagList(tags) }),
    untagRole: (RoleName: string, TagKeys: string[]) => iam.untagRole({ RoleName, TagKeys }),
    deleteRolePolicy: (RoleName: string, PolicyName: string) => ifThere(iam.deleteRolePolicy({ RoleName, PolicyName })),
    deleteRole: (RoleName: string) => ifThere(iam.deleteRole({ RoleName })),
  };
}

/** IAM answers its policy documents percent-encoded. */
function decoded(document: string | undefined): string {
  return decodeURIComponent(document ?? '');
}
