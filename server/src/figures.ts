// Figures as Prometheus reads them: of one process as they are, of several with a label that says which worker's they are.
//
// A sum would be wrong for counters: when one worker starts anew it falls, which `rate()` takes for a restart of everything. With a label,
// `sum(rate(muster_frames_total[5m]))` is right, and so is `sum(muster_sessions)`.

/** One figure: name, type, meaning, value. */
export type Figure = readonly [name: string, type: 'counter' | 'gauge', help: string, value: number];

/** The figures of one worker. */
export interface WorkerFigures {
  /** Its number, from 1; the one that takes its place has the same. */
  readonly worker: number;
  readonly figures: readonly Figure[];
}

/** The text form of Prometheus (exposition format 0.0.4). */
export function formatFigures(figures: readonly Figure[]): string {
  return figures
    .map(([name, type, help, value]) => `${formatHead(name, type, help)}${name} ${value}\n`)
    .join('');
}

/** The same of several workers, and which of so many have answered. */
export function formatWorkers(all: readonly WorkerFigures[], workers: number): string {
  const groups = new Map<string, string>();
  const up: WorkerFigures[] = Array.from({ length: workers }, (_, index) => {
    const isUp = all.some(({ worker }) => worker === index + 1);
    return {
      worker: index + 1,
      figures: [['muster_worker_up', 'gauge', '1 for a worker that answers.', isUp ? 1 : 0]],
    };
  });
  for (const { worker, figures } of [...up, ...all]) {
    for (const [name, type, help, value] of figures) {
      const before = groups.get(name) ?? formatHead(name, type, help);
      groups.set(name, `${before}${name}{worker="${worker}"} ${value}\n`);
    }
  }
  return [...groups.values()].join('');
}

function formatHead(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}
