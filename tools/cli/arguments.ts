// Reads a command line: gives options and operands, or a text to print (help, version, completion script).
import yargs, {
  type Arguments,
  type Argv,
  type FallbackCompletionFunction,
  type InferredOptionTypes,
  type Options,
} from 'yargs';
import { projectVersion } from '../../deploy/project.ts';
import { RequestError } from '../../handler/errors.ts';
import { runProgram } from './cli.ts';
import { ASKED, completionScript } from './completion.ts';
import { describeInstallation } from './installation.ts';

export interface CommandLine<Table> {
  program: string;
  /** `import.meta.url` of the program's own file. */
  entry: string;
  /** Paragraphs, separated by empty lines; yargs wraps them. A line that begins with `$0` stays a line. */
  usage: string;
  options: Table;
  examples: [command: string, what: string][];
  /** Paragraphs, as in `usage`. */
  epilogue: string;
}

interface Given<Table extends OptionTable> {
  options: InferredOptionTypes<Table>;
  operands: string[];
}

type OptionTable = Record<string, Options>;

/** Options that every program has. */
export const COMMON_OPTIONS = {
  local: {
    type: 'boolean',
    describe: 'Run on this machine: no picture leaves it. FR_REMOTE=0 does this for every command',
  },
  remote: {
    type: 'boolean',
    describe: 'Run on AWS Lambda, like FR_REMOTE=1. The default after npm run deploy, unless with --keep-local',
  },
  jobs: {
    type: 'number',
    nargs: 1,
    describe: 'How many pictures to look at at a time on this machine. Default: one a core',
  },
  concurrency: {
    type: 'number',
    nargs: 1,
    describe: 'Calls on AWS Lambda at a time, at most. Default: as many as the account allows',
  },
  stage: { type: 'string', nargs: 1, describe: 'Which deployment to use if there are several; or set FR_STAGE' },
  budget: { type: 'number', nargs: 1, describe: 'Stop before the calls on AWS Lambda cost more than this many USD' },
  quiet: {
    alias: 'q',
    type: 'boolean',
    describe: 'On standard error, print only errors and what runs on AWS: no notes, no progress',
  },
  completion: {
    type: 'boolean',
    describe:
      'Print a completion script for the shell that SHELL names (bash, zsh, fish), which also completes after npx: ' +
      'source <(COMMAND --completion)',
  },
} as const satisfies OptionTable;

/** For programs that take or make a model. */
export const ONE_PERSON = {
  type: 'boolean',
  describe: 'Accept photos or a model that seem to show two people',
} as const satisfies Options;

const BUILT_IN = ['help', 'version', ASKED.slice(2)];
// yargs makes completion a command, not an option, so the command has a name that no operand can have.
const COMPLETION = '\u0000completion';
/** As manual pages: longer lines are hard to read. */
const WIDEST_HELP = 80;

/** Runs a command line as this process: prints a text that it asks for, or does `work`, which gives the exit status. */
export function runCommand<Table extends OptionTable>(
  line: CommandLine<Table>,
  work: (given: Given<Table>) => number | Promise<number>,
): Promise<void> {
  return runProgram(line.program, async (args) => {
    const parsed = parseArguments(line, args);
    if (!('text' in parsed)) return work(parsed);
    process.stdout.write(parsed.text);
    return 0;
  });
}

/** @throws RequestError naming the argument that cannot be used. */
function parseArguments<Table extends OptionTable>(
  line: CommandLine<Table>,
  args: string[],
): { text: string } | Given<Table> {
  if (args.length === 2 && args.includes('--version') && args.includes('--json')) {
    return { text: `${describeInstallation()}\n` };
  }
  const { argv, text } = parseOrRefuse(line, args);
  if (text !== '' || args.includes(ASKED)) return { text: text && `${text}\n` };
  if (argv.completion) return { text: completionScript(line.program, line.entry) };
  const names = Object.entries(line.options).flatMap(([name, { alias = [] }]) => [name].concat(alias));
  const unknown = Object.keys(argv).find((name) => ![...names, ...BUILT_IN, 'h', '_', '$0'].includes(name));
  if (unknown !== undefined) throw unknownOption(unknown, [...names, ...BUILT_IN.slice(0, 2)], line.program);
  return { options: argv as InferredOptionTypes<Table>, operands: argv._.map(String) };
}

function parseOrRefuse<Table extends OptionTable>(line: CommandLine<Table>, args: string[]) {
  try {
    return parseQuietly(makeParser(line), args);
  } catch (error) {
    throw new RequestError(rephrase(error as Error, line.program));
  }
}

function makeParser<Table extends OptionTable>(line: CommandLine<Table>): Argv {
  const parser = yargs()
    .scriptName(line.program)
    .locale('en')
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'duplicate-arguments-array': false,
      'parse-positional-numbers': false,
    })
    .usage(asParagraphs(line.usage))
    .options(line.options)
    .example(line.examples)
    .epilogue(asParagraphs(line.epilogue))
    .version(projectVersion())
    .help()
    .alias('h', 'help')
    .completion(COMPLETION, false, ((current, _argv, byDefault, done) => {
      if (current.startsWith('-')) byDefault();
      else done([]); // the shell's own completion of file names takes over
    }) satisfies FallbackCompletionFunction)
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail(false);
  return parser.wrap(Math.min(WIDEST_HELP, process.stdout.columns ?? 80));
}

/** Joins the lines of each paragraph, so that text is wrapped at the terminal's width and not where the source is. */
function asParagraphs(text: string): string {
  return text.replace(/(?<!\n)\n(?!\n|\$0)/g, ' ');
}

// With a callback, yargs gives us its text; otherwise it prints the text itself.
function parseQuietly(parser: Argv, args: string[]): { argv: Arguments; text: string } {
  let text = '';
  const argv = parser.parseSync(args, {}, (_error, _argv, output) => {
    text = output;
  });
  return { argv, text };
}

function rephrase(error: Error, program: string): string {
  const [, name = ''] = /^Not enough arguments following: (\S+)$/.exec(error.message) ?? [];
  return `${name ? `${dashed(name)} needs a value` : error.message}: see ${program} --help`;
}

function unknownOption(name: string, names: string[], program: string): RequestError {
  const [nearest] = names
    .map((other) => ({ other, edits: other.startsWith(name) ? 0 : editDistance(name, other) }))
    .filter(({ other, edits }) => other.length > 1 && edits <= Math.max(1, Math.floor(other.length / 3)))
    .sort((a, b) => a.edits - b.edits);
  const advice = nearest ? `did you mean ${dashed(nearest.other)}?` : `see ${program} --help`;
  return new RequestError(`there is no option ${dashed(name)}: ${advice}`);
}

function dashed(name: string): string {
  return `${name.length === 1 ? '-' : '--'}${name}`;
}

/** How many insertions, deletions, substitutions and swaps of neighbours turn one word into the other. */
export function editDistance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i || j));
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i += 1) {
    for (let j = 1; j <= b.length; j += 1) {
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const edits = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same);
      (rows[i] as number[])[j] = swapped ? Math.min(edits, at(i - 2, j - 2) + 1) : edits;
    }
  }
  return at(a.length, b.length);
}
