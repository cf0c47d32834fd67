// Checks, before the first picture is sent, that the credentials are of the account that was deployed to.
import type { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { Deployment } from '../../deploy/cloud/record.ts';
import { ConfigError } from '../../handler/errors.ts';
import { NEEDS, withPackages } from '../cli/optional.ts';
import { proxies } from './proxies.ts';
import { explainIdentity } from './refusals.ts';

const CONNECT_MS = 5_000;
const SILENCE_MS = 20_000;

/**
 * Asks AWS's token service, STS, for the account of the credentials. It needs no permission.
 *
 * @param credentials other than those that the environment gives.
 * @throws ConfigError when it is another account than the deployment's, or AWS does not say.
 */
export async function checkAccount(
  { account, region, profile }: Deployment,
  credentials?: ReturnType<typeof defaultProvider>,
): Promise<void> {
  const load = () => import('@aws-sdk/client-sts');
  const { GetCallerIdentityCommand, STSClient } = await withPackages('AWS Lambda', NEEDS.aws, load);
  const requestHandler = { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS, ...(await proxies()) };
  const named = profile === undefined ? {} : { profile };
  const client = new STSClient({ region, requestHandler, ...named, ...(credentials && { credentials }) });
  try {
    const { Account } = await client.send(new GetCallerIdentityCommand({})).catch((error: Error) => {
      throw explainIdentity(error, region);
    });
    if (Account === account) return;
    throw new ConfigError(
      `these credentials belong to account ${Account}, but the deployment is in account ${account}, so nothing was sent: ` +
        'set AWS_PROFILE, choose another --stage, or use --local',
    );
  } finally {
    client.destroy();
  }
}
