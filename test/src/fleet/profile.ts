// Reference loads: how often a device does what, and the arithmetic of running them faster than life.

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** How often a device does what. An interval of 0 is never. */
export interface Profile {
  /** Series of a chunk. */
  readonly metrics: number;
  /** Heartbeats; 0: as the server's welcome says. */
  readonly beatEveryMs: number;
  /** Chunks of measurements with a resolution of 60 s. */
  readonly chunkEveryMs: number;
  /** A package changes, which changes the digest in the heartbeat. */
  readonly changeEveryMs: number;
  /** A session is left and opened again. */
  readonly leaveEveryMs: number;
  /** Orders that each device gets; given by who orders (`--orders`, the benches), not by the device. */
  readonly jobEveryMs: number;
}

/**
 * MW-1, the reference load of all figures: 20 metrics every 10 s on the device, a heartbeat of 60 s (the server's default),
 * a chunk of 60 s resolution every 15 minutes, the inventory's hash at each connect and one change a day, two jobs and two reconnects a day.
 */
const mw1: Profile = {
  metrics: 20,
  beatEveryMs: 0,
  chunkEveryMs: 15 * MINUTE_MS,
  changeEveryMs: DAY_MS,
  leaveEveryMs: DAY_MS / 2,
  jobEveryMs: DAY_MS / 2,
};

/** All profiles by name. */
export const profiles = {
  mw1,
  /** Heartbeats and nothing else. */
  idle: { ...mw1, chunkEveryMs: 0, changeEveryMs: 0, leaveEveryMs: 0, jobEveryMs: 0 },
  /** Sockets and nothing else: no heartbeat within an hour. */
  silent: {
    ...mw1,
    beatEveryMs: 3_600_000,
    chunkEveryMs: 0,
    changeEveryMs: 0,
    leaveEveryMs: 0,
    jobEveryMs: 0,
  },
  /** Something to see within minutes. */
  lively: {
    ...mw1,
    chunkEveryMs: 2 * MINUTE_MS,
    changeEveryMs: 30 * MINUTE_MS,
    leaveEveryMs: 40 * MINUTE_MS,
    jobEveryMs: 20 * MINUTE_MS,
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof profiles;

/** The same day in less time: every interval divided, also the one that the server gives. */
export function accelerate(profile: Profile, speed: number): Profile {
  const { metrics, ...intervals } = profile;
  const faster = Object.entries(intervals).map(([name, everyMs]) => [name, everyMs / speed]);
  return { metrics, ...(Object.fromEntries(faster) as Omit<Profile, 'metrics'>) };
}

/** Time to the next beat, ms: the interval ±10 %, as agents have it. `random` gives [0, 1). */
export function jitter(everyMs: number, random: () => number): number {
  return everyMs * (0.9 + 0.2 * random());
}

/** When something that happens that often happens first on a device that has been running for long, ms. */
export function phase(everyMs: number, random: () => number): number {
  return everyMs * random();
}

/** What a day of so many devices means for the server. */
export function describeLoad(devices: number, profile: Profile, beatMs: number) {
  const perSecond = (everyMs: number) => (everyMs === 0 ? 0 : (devices * 1_000) / everyMs);
  return {
    beatsPerSecond: perSecond(profile.beatEveryMs || beatMs),
    chunksPerSecond: perSecond(profile.chunkEveryMs),
    /** Means of 10 s samples that the devices measure; 60 s resolution travels. */
    samplesPerSecond: (devices * profile.metrics) / 10,
    changesPerSecond: perSecond(profile.changeEveryMs),
    reconnectsPerSecond: perSecond(profile.leaveEveryMs),
    jobsPerSecond: perSecond(profile.jobEveryMs),
  };
}
