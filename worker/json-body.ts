// The one reader of JSON bodies: a problem names the member that is not valid, what was expected, and the value that was sent.
import type { Context } from 'hono';
import type * as z from 'zod/mini';
import { readBody } from './body.ts';
import { ProblemError } from './problem.ts';
import { shown } from './request.ts';

/** Most bodies have some hundred bytes; more is an accident or an attack. */
const MAX_BODY = 16 * 1024;
/** The only message that zod/mini has. */
const NO_TEXT = 'Invalid input';

const TYPES: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  null: 'null',
};
/** Units of the length or size of a value. */
const UNITS: Record<string, string> = { string: 'character', array: 'member' };

/**
 * The body as the schema has it. `title` is that of the problem where it is not; `most` are the bytes that it may have.
 * @throws ProblemError 415 for another media type, 413 for a large body, 400 for broken JSON or a wrong member
 */
export async function jsonBody<S extends z.ZodMiniType>(
  context: Context,
  schema: S,
  title: string,
  most = MAX_BODY,
): Promise<z.infer<S>> {
  const value = await jsonOf(context, most);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw wrongMember(issue === undefined ? { member: '', text: NO_TEXT } : faultOf(issue, value, schema), title);
}

/** The problem of a member of a body; `member` is empty for the body itself. */
export function wrongMember({ member, text }: { member: string; text: string }, title: string): ProblemError {
  const name = shown(member);
  return new ProblemError({
    status: 400,
    title,
    detail: `${name === '' ? 'The body' : `“${name}”`} ${text}`,
    ...(name === '' ? {} : { parameter: name }),
  });
}

async function jsonOf(context: Context, most: number): Promise<unknown> {
  const mediaType = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') {
    throw new ProblemError({
      status: 415,
      title: 'Not JSON',
      detail: 'Send the body as JSON, with the header content-type: application/json.',
      parameter: 'content-type',
    });
  }
  const bytes = await readBody(context, most);
  if (bytes === undefined) {
    throw new ProblemError({ status: 413, title: 'Body too large', detail: `The body may have ${most} bytes.` });
  }
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new ProblemError({
      status: 400,
      title: 'Broken JSON',
      detail: `The body is not JSON: ${shown(error instanceof Error ? error.message : String(error))}`,
    });
  }
}

function faultOf(issue: z.core.$ZodIssue, body: unknown, schema: z.ZodMiniType): { member: string; text: string } {
  if (issue.code === 'unrecognized_keys') {
    const known = membersAt(schema, issue.path);
    const text = `is not a member ${issue.path.length === 0 ? 'of the body' : `of “${shown(issue.path.join('.'))}”`}; there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}.`;
    return { member: [...issue.path, issue.keys[0]!].join('.'), text };
  }
  const value = issue.path.reduce<unknown>((inner, key) => Object(inner)[key], body);
  return { member: issue.path.join('.'), text: `${expectation(issue)}. It is ${description(value)}.` };
}

/** What the value must be: the schema's own message where it has one. */
function expectation(issue: z.core.$ZodIssue): string {
  if (issue.message !== NO_TEXT) return issue.message;
  if (issue.code === 'invalid_type') return `must be ${TYPES[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_value') return `must be ${issue.values.map((one) => JSON.stringify(one)).join(' or ')}`;
  if (issue.code === 'too_big') return `may ${bound(issue.origin, 'most', Number(issue.maximum))}`;
  if (issue.code === 'too_small') return `must ${bound(issue.origin, 'least', Number(issue.minimum))}`;
  if (issue.code === 'invalid_union') {
    const ways = issue.errors.flatMap(([first]) => (first === undefined ? [] : [expectation(first)]));
    return [...new Set(ways)].join(', or ');
  }
  return 'is not as /docs has it';
}

function bound(origin: string, end: 'most' | 'least', number: number): string {
  const unit = UNITS[origin];
  return unit === undefined ? `be ${number} at ${end}` : `have ${counted(number, unit)} at ${end}`;
}

function counted(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}

/** The value's type, and the value itself where it is short. */
function description(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `an array of ${counted(value.length, 'member')}`;
  if (typeof value === 'string') return `the string “${shown(value)}”`;
  return typeof value === 'number' ? `the number ${value}` : 'an object';
}

/** The parts of zod's definitions that lead to the members of an object. */
interface Definition {
  shape?: Record<string, z.core.$ZodType>;
  element?: z.core.$ZodType;
  innerType?: z.core.$ZodType;
  options?: readonly z.core.$ZodType[];
}

function membersAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const { shape, element, innerType, options } = schema._zod.def as Definition;
  if (innerType !== undefined) return membersAt(innerType, path);
  if (options !== undefined) return options.flatMap((option) => membersAt(option, path));
  const [first, ...rest] = path;
  if (first === undefined) return Object.keys(shape ?? {});
  const inner = shape === undefined ? element : shape[String(first)];
  return inner === undefined ? [] : membersAt(inner, rest);
}
