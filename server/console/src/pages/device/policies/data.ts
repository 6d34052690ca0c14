// What the policies in force want of one device, resolved in the page by the code that devices themselves use.
import { useQuery } from '@tanstack/react-query';
import { api, take } from '../../../api/client.ts';
import type { Device } from '../types.ts';
import { judgeDevice } from './judge.ts';

/** How often it is asked what the device holds while somebody looks, ms. */
const HELD_EVERY_MS = 5_000;

/** Items that are read: the worst come first. */
const MAX_STANDING = 100;

async function readHeld(id: string) {
  return take(api.GET('/api/v1/devices/{id}/policies', { params: { path: { id } } }));
}

/** What a device holds as the API shows it. */
export type Held = Awaited<ReturnType<typeof readHeld>>;

/** What the device holds, as it said last. */
export function useHeld({ id }: Device) {
  return useQuery({
    queryKey: ['device', id, 'policies', 'held'],
    queryFn: () => readHeld(id),
    refetchInterval: HELD_EVERY_MS,
  });
}

async function readStanding(id: string) {
  return take(
    api.GET('/api/v1/devices/{id}/compliance', { params: { path: { id }, query: { limit: MAX_STANDING } } }),
  );
}

/** How its items stand, worst first, as the API shows it. */
export type Standing = Awaited<ReturnType<typeof readStanding>>;
/** One of them. */
export type StandingItem = Standing['items'][number];

/** How its items stand, as it said last. */
export function useStanding({ id }: Device) {
  return useQuery({
    queryKey: ['device', id, 'policies', 'standing'],
    queryFn: () => readStanding(id),
    refetchInterval: HELD_EVERY_MS,
  });
}

/** What is wanted of the device; `broken`: what is said where the server shows something else than it names. */
export function useJudged(device: Device, broken: string) {
  return useQuery({
    queryKey: ['device', device.id, 'policies', 'judged', broken],
    queryFn: () => judgeDevice(device, broken),
  });
}
