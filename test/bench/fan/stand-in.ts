// The stand-in of Lambda as a process of its own. Prints its port, then what has happened, a line of JSON a second.
import { readFileSync } from 'node:fs';
import { ScalingLambda } from '../../tools/remote/scaling-lambda.ts';

const [keyPath = '', certPath = '', settings = '{}'] = process.argv.slice(2);
const tls = { key: readFileSync(keyPath, 'utf8'), cert: readFileSync(certPath, 'utf8') };
const server = new ScalingLambda({ ...JSON.parse(settings), tls });
const tell = (value: object): boolean => process.stdout.write(`${JSON.stringify(value)}\n`);
tell({ port: await server.listen() });
setInterval(() => {
  const { user, system } = process.cpuUsage();
  tell({ ...server.counts, cpuMs: (user + system) / 1000 });
}, 1_000);
