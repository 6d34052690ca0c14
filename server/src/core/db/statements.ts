// A client whose statements go over lanes: written by one that never connects, carried out by whichever connection is free.
import type { Sql } from 'postgres';
import type { Lane, Lanes } from './lanes.ts';
import { isInTransaction } from './transaction.ts';

/** What the client makes of a template: a promise that begins when somebody waits for it, by calling `handler` with itself. */
interface Statement {
  handler: (statement: Statement) => void;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

/** The class of statements, seen at the first one; the client does not name it. */
function isOneOf(made: unknown, first: Statement): made is Statement {
  return made instanceof Promise && made.constructor === first.constructor;
}

/** One that is never carried out. */
function makeStatement(sql: Sql): Statement {
  const made: unknown = sql``;
  const has = (name: keyof Statement) =>
    made instanceof Promise && typeof Reflect.get(made, name) === 'function';
  if (has('handler') && has('resolve') && has('reject')) return made as unknown as Statement;
  throw new Error('the client of the database has changed: it makes other statements');
}

/** These take a connection past the lanes. */
const forbidden: ReadonlySet<string | symbol> = new Set(['begin', 'reserve', 'listen', 'subscribe']);

/** Makes the client out of one that writes statements; `counted` is called for each. */
export function createStatements<Client extends Sql>(
  writer: Client,
  lanes: Lanes<Client>,
  counted: () => void,
): Client {
  const first = makeStatement(writer);
  const handler = (statement: Statement) => void carryOut(lanes, statement, counted);
  function route<Made>(made: Made): Made {
    if (isOneOf(made, first)) made.handler = handler;
    return made;
  }
  return new Proxy(writer, {
    apply: (target, self, args: unknown[]) => route(Reflect.apply(target, self, args)),
    get(target, name) {
      const found: unknown = Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      if (forbidden.has(name)) return refuse;
      return name === 'unsafe' ? (...args: unknown[]) => route(Reflect.apply(found, target, args)) : found;
    },
  });
}

function refuse(): never {
  throw new Error('use inTransaction: connections are not shared');
}

/** Never rejects: the statement does. */
async function carryOut<Client extends Sql>(
  lanes: Lanes<Client>,
  statement: Statement,
  counted: () => void,
): Promise<void> {
  const { resolve, reject } = statement;
  // It could wait for the transaction that waits for it.
  if (isInTransaction()) return reject(new Error('a statement inside of a transaction must go through it'));
  let lane: Lane<Client>;
  try {
    lane = lanes.takeIdle() ?? (await lanes.take());
  } catch (error) {
    return reject(error);
  }
  statement.resolve = (result) => {
    lanes.giveBack(lane, true);
    resolve(result);
  };
  statement.reject = (error) => {
    lanes.giveBack(lane, leavesNothing(error));
    reject(error);
  };
  counted();
  handlerOf(lane.sql)(statement);
}

/**
 * True when no row can have come before the failure: it would begin the next result of that connection. Classes 23 (a constraint) and
 * 42 (syntax, or a name that does not exist) fail before any.
 */
function leavesNothing(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return error.code.length === 5 && (error.code.startsWith('23') || error.code.startsWith('42'));
}

const handlers = new WeakMap<Sql, Statement['handler']>();

/** How that client carries out its own statements. */
function handlerOf(sql: Sql): Statement['handler'] {
  const known = handlers.get(sql);
  if (known !== undefined) return known;
  const { handler } = makeStatement(sql);
  handlers.set(sql, handler);
  return handler;
}
