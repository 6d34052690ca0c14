// Questions about packages that the database has answered: a bit a device each, followed from then on by what is noted.
import type { SoftwareAsked } from '@muster/protocol/language';
import { fail } from '../../errors.ts';
import { BitColumn } from './columns.ts';
import { CROWDED_SOFTWARE_MS, KEPT_SOFTWARE_MS, MAX_KEPT_SOFTWARE, REFUSED_SOFTWARE_MS } from './limits.ts';

/** Which devices hold packages that fit: all, or of these; by number. A fixed number of statements. */
export type ReadSoftware = (
  tenant: number,
  asked: SoftwareAsked,
  idxs: readonly number[] | null,
) => Promise<readonly number[]>;

interface Answer {
  readonly asked: SoftwareAsked;
  readonly column: BitColumn;
  isThere: boolean;
  usedMs: number;
  /** The database could not say it at this time; negative infinity: it did not fail. */
  refusedMs: number;
}

/** The questions of one organization. */
export class SoftwareBook {
  private readonly answers = new Map<string, Answer>();
  /** Beyond the version of every column that was forgotten. */
  private version = 0;

  /** Keeps these for a while; true when the database is to be asked about one. @throws MusterError E_BUSY when there are too many */
  want(all: Iterable<SoftwareAsked>, nowMs: number): boolean {
    let isMissing = false;
    for (const asked of all) {
      const key = keyOf(asked);
      const answer = this.answers.get(key) ?? this.add(key, { asked, nowMs });
      answer.usedMs = nowMs;
      if (nowMs - answer.refusedMs > REFUSED_SOFTWARE_MS) answer.refusedMs = Number.NEGATIVE_INFINITY;
      isMissing ||= isAwaited(answer);
    }
    return isMissing;
  }

  /** The column of an answer; undefined: it is not there. */
  column(asked: SoftwareAsked): BitColumn | undefined {
    const answer = this.answers.get(keyOf(asked));
    return answer?.isThere === true ? answer.column : undefined;
  }

  /** Questions that wait for their answer. */
  missing(): SoftwareAsked[] {
    return [...this.answers.values()].filter(isAwaited).map(({ asked }) => asked);
  }

  /** Those that are answered; one that nobody has used for a while is forgotten, so that it costs nothing more. */
  kept(nowMs: number): SoftwareAsked[] {
    this.forget(nowMs, KEPT_SOFTWARE_MS);
    return [...this.answers.values()].flatMap(({ asked, isThere }) => (isThere ? [asked] : []));
  }

  /** Takes over an answer about all devices. */
  answer(asked: SoftwareAsked, idxs: readonly number[]): void {
    const answer = this.answers.get(keyOf(asked));
    if (answer === undefined) return;
    answer.column.replace(idxs);
    answer.isThere = true;
  }

  /** The database cannot say it: there is no answer, and for a while nobody makes it try again. */
  refuse(asked: SoftwareAsked, nowMs: number): void {
    const answer = this.answers.get(keyOf(asked));
    if (answer === undefined) return;
    answer.isThere = false;
    answer.refusedMs = nowMs;
  }

  /** Takes over an answer about some devices; true when it is another one for any of them. */
  follow(asked: SoftwareAsked, idxs: Iterable<number>, holders: ReadonlySet<number>): boolean {
    let isChanged = false;
    for (const idx of idxs)
      isChanged = this.column(asked)?.write(idx, holders.has(idx)) === true || isChanged;
    return isChanged;
  }

  private add(
    key: string,
    { asked, nowMs }: { readonly asked: SoftwareAsked; readonly nowMs: number },
  ): Answer {
    if (this.answers.size >= MAX_KEPT_SOFTWARE) this.forget(nowMs, CROWDED_SOFTWARE_MS);
    if (this.answers.size >= MAX_KEPT_SOFTWARE)
      throw fail('E_BUSY', {
        detail: `At most ${MAX_KEPT_SOFTWARE} different questions about packages are answered within ${CROWDED_SOFTWARE_MS / 1_000} seconds; try again after that.`,
      });
    const answer = {
      asked,
      column: new BitColumn(this.version),
      isThere: false,
      usedMs: nowMs,
      refusedMs: Number.NEGATIVE_INFINITY,
    };
    this.answers.set(key, answer);
    return answer;
  }

  private forget(nowMs: number, keptMs: number): void {
    for (const [key, { usedMs, column }] of this.answers) {
      if (nowMs - usedMs <= keptMs) continue;
      this.version = Math.max(this.version, column.version + 1);
      this.answers.delete(key);
    }
  }
}

/** Neither answered nor refused. */
function isAwaited({ isThere, refusedMs }: Answer): boolean {
  return !isThere && refusedMs === Number.NEGATIVE_INFINITY;
}

function keyOf({ name, version }: SoftwareAsked): string {
  return JSON.stringify([name, version?.by, version?.text]);
}
