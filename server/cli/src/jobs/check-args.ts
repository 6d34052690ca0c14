// Whether parameters fit their kind, said about one parameter, before anybody signs.
import { isMusterError } from '@muster/protocol';
import { checkKindArgs } from '@muster/protocol/commands';
import { fail } from '../errors.ts';
import { formatShortSpan } from '../input/moments.ts';
import type { Field, Kind } from './fields.ts';

/** How some are written; the others are explained by their bounds. */
const written: Readonly<Record<string, string>> = {
  path: 'an absolute path, as /etc/hostname',
  name: 'a name without blanks that does not begin with a dash',
  names: 'one or more names with a comma between, as openssl,curl',
  pid: 'the number of a process, as 4711',
  runAs: 'the name of a user, as www-data',
};

function describeBounds({ name, form, description, schema }: Field): string {
  const { minimum, maximum, maxLength } = schema;
  if (minimum !== undefined && maximum !== undefined) {
    const show = form === 'span' ? formatShortSpan : String;
    return `${form === 'span' ? 'a span' : 'a whole number'} from ${show(minimum)} to ${show(maximum)}`;
  }
  if (maxLength !== undefined) return `a text of at most ${maxLength} characters`;
  return `written as ${name}=<${form}>: ${description.replace(/\.$/, '')}`;
}

/** Checks all of them. @throws MusterError E_USAGE about the first that does not fit */
export function checkArgs(
  kind: Kind,
  fields: readonly Field[],
  args: Readonly<Record<string, unknown>>,
): void {
  try {
    checkKindArgs(kind, args);
  } catch (cause) {
    if (!isMusterError(cause, 'E_SCHEMA')) throw cause;
    const name = / at \/([A-Za-z]+)/.exec(cause.message)?.[1];
    const field = fields.find((one) => one.name === name);
    if (field === undefined)
      throw fail('E_USAGE', {
        cause,
        detail: `The parameters do not fit; muster kinds ${kind} explains them.`,
      });
    throw fail('E_USAGE', {
      cause,
      detail: `${field.name} is ${written[field.name] ?? describeBounds(field)}.`,
    });
  }
}
