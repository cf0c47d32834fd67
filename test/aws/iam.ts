// IAM's and STS's side of the tests' AWS account: roles with their policies, and who calls.
import { randomBytes } from 'node:crypto';
import { ACCOUNT_ID, type Operations, type Place, type Role } from './account.ts';
import { AwsError, refuseRest } from './failure.ts';
import { readPolicy } from './policy.ts';

type Tags = { Key: string; Value: string }[];

interface RoleName {
  RoleName: string;
}

interface PolicyName extends RoleName {
  PolicyName: string;
}

export function roleArn({ path, name }: Role): string {
  return `arn:aws:iam::${ACCOUNT_ID}:role${path}${name}`;
}

function findRole({ account }: Place, { RoleName: name }: RoleName): Role {
  const role = account.roles[name];
  if (!role) throw new AwsError('NoSuchEntity', `The role with name ${name} cannot be found.`, 404);
  return role;
}

/** IAM answers documents in percent-encoding (RFC 3986). */
function encodeDocument(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function describeRole(role: Role): object {
  const tags = Object.entries(role.tags).map(([Key, Value]) => ({ Key, Value }));
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: roleArn(role),
    CreateDate: new Date(role.createdAt),
    AssumeRolePolicyDocument: encodeDocument(role.trust),
    Description: role.description,
    PermissionsBoundary: role.boundary && {
      PermissionsBoundaryType: 'Policy',
      PermissionsBoundaryArn: role.boundary,
    },
    MaxSessionDuration: role.maxSession,
    Tags: tags.length > 0 ? tags : undefined,
  };
}

function readTags(tags: Tags = []): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

function judgeTrust(text: string): string {
  const { Statement } = readPolicy(text);
  if (Statement.some(({ Principal, Resource }) => !Principal || Resource)) {
    throw new AwsError('MalformedPolicyDocument', 'A trust policy has a Principal, and no Resource');
  }
  return text;
}

export const iam: Operations = {
  CreateRole(
    input: RoleName & {
      Path?: string;
      AssumeRolePolicyDocument: string;
      Description?: string;
      MaxSessionDuration?: number;
      Tags?: Tags;
      PermissionsBoundary?: string;
    },
    { account }: Place,
  ) {
    const {
      RoleName: name,
      Path = '/',
      AssumeRolePolicyDocument,
      Description,
      MaxSessionDuration,
      Tags,
      PermissionsBoundary,
      ...rest
    } = input;
    refuseRest(rest, 'CreateRole');
    if (account.roles[name]) throw new AwsError('EntityAlreadyExists', `Role with name ${name} already exists.`, 409);
    const role: Role = {
      name,
      path: Path,
      id: `AROA${randomBytes(8).toString('hex').toUpperCase()}`,
      createdAt: Date.now(),
      trust: judgeTrust(AssumeRolePolicyDocument),
      ...(Description === undefined ? {} : { description: Description }),
      ...(PermissionsBoundary === undefined ? {} : { boundary: PermissionsBoundary }),
      maxSession: MaxSessionDuration ?? 3600,
      policies: {},
      tags: readTags(Tags),
    };
    account.roles[name] = role;
    return { Role: describeRole(role) };
  },

  GetRole: (input: RoleName, place: Place) => ({ Role: describeRole(findRole(place, input)) }),

  DeleteRole(input: RoleName, place: Place) {
    const role = findRole(place, input);
    if (Object.keys(role.policies).length > 0) {
      throw new AwsError('DeleteConflict', 'Cannot delete entity, must delete policies first.', 409);
    }
    delete place.account.roles[role.name];
    return {};
  },

  PutRolePermissionsBoundary(input: RoleName & { PermissionsBoundary: string }, place: Place) {
    findRole(place, input).boundary = input.PermissionsBoundary;
    return {};
  },

  UpdateAssumeRolePolicy(input: RoleName & { PolicyDocument: string }, place: Place) {
    findRole(place, input).trust = judgeTrust(input.PolicyDocument);
    return {};
  },

  PutRolePolicy(input: PolicyName & { PolicyDocument: string }, place: Place) {
    const role = findRole(place, input);
    const { Statement } = readPolicy(input.PolicyDocument);
    if (Statement.some(({ Principal }) => Principal)) {
      throw new AwsError('MalformedPolicyDocument', "A role's policy has no Principal");
    }
    role.policies[input.PolicyName] = input.PolicyDocument;
    return {};
  },

  GetRolePolicy(input: PolicyName, place: Place) {
    const text = findPolicy(input, place);
    return { RoleName: input.RoleName, PolicyName: input.PolicyName, PolicyDocument: encodeDocument(text) };
  },

  DeleteRolePolicy(input: PolicyName, place: Place) {
    findPolicy(input, place);
    delete findRole(place, input).policies[input.PolicyName];
    return {};
  },

  ListRolePolicies: (input: RoleName, place: Place) => ({
    PolicyNames: Object.keys(findRole(place, input).policies),
    IsTruncated: false,
  }),

  ListAttachedRolePolicies(input: RoleName, place: Place) {
    findRole(place, input);
    return { AttachedPolicies: [], IsTruncated: false };
  },

  ListRoleTags: (input: RoleName, place: Place) => ({
    Tags: Object.entries(findRole(place, input).tags).map(([Key, Value]) => ({ Key, Value })),
    IsTruncated: false,
  }),

  TagRole(input: RoleName & { Tags: Tags }, place: Place) {
    Object.assign(findRole(place, input).tags, readTags(input.Tags));
    return {};
  },

  UntagRole(input: RoleName & { TagKeys: string[] }, place: Place) {
    const { tags } = findRole(place, input);
    for (const key of input.TagKeys) delete tags[key];
    return {};
  },
};

function findPolicy(input: PolicyName, place: Place): string {
  const text = findRole(place, input).policies[input.PolicyName];
  if (text !== undefined) return text;
  throw new AwsError('NoSuchEntity', `The role policy with name ${input.PolicyName} cannot be found.`, 404);
}

export const sts: Operations = {
  GetCallerIdentity: (_input: object, { caller }: Place) => ({
    UserId: 'AIDATESTSTESTSTESTS',
    Account: caller.split(':')[4],
    Arn: caller,
  }),
};
