// How the console keeps what it has read, with the library it uses: what changes while it is being read is not lost.
import t from 'tap';
import { importConsole } from '../support/console-source.ts';
import { until } from '../support/wait.ts';

/** What is used of the library. */
interface Queries {
  invalidateQueries(filter: { readonly queryKey: readonly string[] }): Promise<void>;
  clear(): void;
}
interface Observer {
  subscribe(listener: () => void): () => void;
  getCurrentResult(): { readonly data?: string };
}
interface Parts {
  createQueries(): Queries;
  readonly QueryObserver: new (
    queries: Queries,
    options: { readonly queryKey: readonly string[]; queryFn(): Promise<string> },
  ) => Observer;
}

t.test('what changes while it is read for the first time is read once more', async (t) => {
  const { createQueries, QueryObserver } = await importConsole<Parts>(
    "export * from './app/queries.ts'; export { QueryObserver } from '@tanstack/react-query';",
  );
  const queries = createQueries();
  const queryKey = ['device'];
  const asked: ((answer: string) => void)[] = [];
  const observer = new QueryObserver(queries, {
    queryKey,
    queryFn: () => new Promise<string>((resolve) => void asked.push(resolve)),
  });
  t.teardown(observer.subscribe(() => undefined));
  t.teardown(() => queries.clear());
  await until('it is asked for', () => asked.length === 1);
  // The server tells of a change while its answer, made before, is still on its way.
  void queries.invalidateQueries({ queryKey });
  asked[0]?.('as it was');
  await until('it is asked for again', () => asked.length === 2);
  t.equal(observer.getCurrentResult().data, 'as it was', 'meanwhile the older one is shown');
  asked[1]?.('as it is');
  await until('the newer one is shown', () => observer.getCurrentResult().data === 'as it is');
  t.equal(asked.length, 2, 'and not a third time');
});
