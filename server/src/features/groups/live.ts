// Live counts of groups: while somebody looks, the expressions of all groups are watched in the index; nothing is asked on a timer.
import type { Clock } from '../../core/clock.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { EventStream } from '../../core/http/sse.ts';
import type { Logger } from '../../core/log.ts';
import { TELL_MS } from './limits.ts';
import { type Asking, compileGroup, type GroupsDeps, groupedOf } from './service.ts';
import { type GroupRow, selectGroups } from './store.ts';

/** Those who look at groups. */
export interface GroupViews {
  /** Tells the stream of each group whose members or definition change: `group` with id and count, `removed` with the id. */
  add(stream: EventStream, asking: Asking): Promise<void>;
  /** Definitions were changed. */
  changed(tenant: number): void;
  stop(): void;
}

interface Watched {
  readonly row: GroupRow;
  readonly end: () => void;
}

type ViewDeps = GroupsDeps & { readonly clock: Clock; readonly log: Logger };

/** Makes it; while nobody looks nothing is watched. */
export function createGroupViews(deps: ViewDeps): GroupViews {
  return new Views(deps);
}

class Views implements GroupViews {
  private readonly deps: ViewDeps;
  private readonly streams = new Map<EventStream, Asking>();
  private readonly tenants = new Map<number, Map<string, Watched>>();
  private readonly dirty = new Map<number, Set<string>>();
  private cancel: (() => void) | undefined;
  private hasStopped = false;
  private following: Promise<void> = Promise.resolve();

  constructor(deps: ViewDeps) {
    this.deps = deps;
  }

  async add(stream: EventStream, asking: Asking): Promise<void> {
    this.streams.set(stream, asking);
    void stream.closed.then(() => {
      this.streams.delete(stream);
      this.forget(asking.tenant);
    });
    await this.followNext(asking.tenant);
  }

  changed(tenant: number): void {
    if (!this.tenants.has(tenant)) return;
    const { log } = this.deps;
    this.followNext(tenant).catch((err: unknown) =>
      log.warn({ err }, 'groups could not be read for live views'),
    );
  }

  stop(): void {
    this.hasStopped = true;
    this.cancel?.();
    for (const watched of this.tenants.values()) for (const { end } of watched.values()) end();
    this.tenants.clear();
  }

  private note(tenant: number, id: string): void {
    const ids = this.dirty.get(tenant) ?? new Set<string>();
    this.dirty.set(tenant, ids.add(id));
    if (!this.hasStopped) this.cancel ??= this.deps.clock.after(TELL_MS, () => void this.tell());
  }

  private async tell(): Promise<void> {
    this.cancel = undefined;
    const all = [...this.dirty];
    this.dirty.clear();
    for (const [tenant, ids] of all)
      for (const [stream, asking] of this.streams)
        if (asking.tenant === tenant) await this.tellOne(stream, asking, ids);
  }

  private async tellOne(stream: EventStream, { tenant, within }: Asking, ids: ReadonlySet<string>) {
    const { fleet, log } = this.deps;
    for (const id of ids) {
      const watched = this.tenants.get(tenant)?.get(id);
      try {
        if (watched === undefined) stream.send({ event: 'removed', data: { id } });
        else {
          const count = await fleet.count(tenant, {
            expression: null,
            within,
            group: groupedOf(watched.row),
          });
          stream.send({ event: 'group', data: { id, count } });
        }
      } catch (err) {
        // The index is being read; its next change is told.
        log.debug({ err }, 'a count of a group could not be told');
      }
    }
  }

  private watch(tenant: number, row: GroupRow): Watched {
    if (row.expression === null) return { row, end: () => undefined };
    const expression = compileGroup(row.expression);
    return { row, end: this.deps.fleet.watch(tenant, expression, () => this.note(tenant, row.id)) };
  }

  /** One after the other: two that read at once would watch twice. */
  private followNext(tenant: number): Promise<void> {
    this.following = this.following.catch(() => undefined).then(() => this.follow(tenant));
    return this.following;
  }

  /** Watches what is stored now; what changed is told. */
  private async follow(tenant: number): Promise<void> {
    const rows = await withMappedErrors(() => selectGroups(this.deps.sql, tenant));
    const before = this.tenants.get(tenant) ?? new Map<string, Watched>();
    const after = new Map<string, Watched>();
    for (const row of rows) {
      const known = before.get(row.id);
      const isSame = known !== undefined && known.row.changedAt.getTime() === row.changedAt.getTime();
      if (!isSame) known?.end();
      after.set(row.id, isSame ? known : this.watch(tenant, row));
      if (!isSame) this.note(tenant, row.id);
    }
    for (const [id, { end }] of before) {
      if (after.has(id)) continue;
      end();
      this.note(tenant, id);
    }
    this.tenants.set(tenant, after);
  }

  private forget(tenant: number): void {
    if ([...this.streams.values()].some((asking) => asking.tenant === tenant)) return;
    for (const { end } of this.tenants.get(tenant)?.values() ?? []) end();
    this.tenants.delete(tenant);
  }
}
