// What an expression over labels says about a device of a test, by the language itself.
import { compileExpression } from '@muster/protocol/language';

/** Whether it holds. Besides these, devices of tests say that they run Debian, and nothing about their host name. */
export function evaluateOn(
  on: string,
  { id, labels }: { readonly id: string; readonly labels: Readonly<Record<string, string>> },
): boolean {
  const values = { id, state: 'active', 'os.name': 'debian' };
  return compileExpression(on, { for: 'server' }).evaluate({ values, labels });
}
