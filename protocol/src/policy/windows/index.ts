// When repairs may start, for all sides: apart from policies, so that a page with a calendar need not load how they are judged.
export { findFreeze, isFreezeOf, type ListedFreeze, listFreezes } from './freeze.ts';
export { listHours, type PolicyHours } from './hours.ts';
export { type IntervalOptions, isOpen, nextIntervals } from './intervals.ts';
export type { Interval, Missed, PolicyFreeze, PolicyWindow } from './window.ts';
export { isZone, readOwnZone } from './zone.ts';
