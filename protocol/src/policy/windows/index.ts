// When repairs may start, for all sides: apart from policies, so that a page with a calendar need not load how they are judged.
export { listHours, type PolicyHours } from './hours.ts';
export { type IntervalOptions, isOpen, nextIntervals } from './intervals.ts';
export type { Interval, Missed, PolicyWindow } from './window.ts';
export { isZone, readOwnZone } from './zone.ts';
