// So many places, of which one address may have a share.

/** The places. */
export interface Places {
  /** Takes a place unless all are taken, or the share of that address, or only `keep` are left; null is no address and has no share. */
  enter(address: string | null, keep?: number): boolean;
  leave(address: string | null): void;
  count(): number;
}

/** Makes free places. */
export function createPlaces(max: number, maxOfAddress: number): Places {
  const byAddress = new Map<string, number>();
  let taken = 0;
  return {
    enter(address, keep = 0) {
      const own = address === null ? 0 : (byAddress.get(address) ?? 0);
      if (taken + 1 > max - keep || own >= maxOfAddress) return false;
      taken += 1;
      if (address !== null) byAddress.set(address, own + 1);
      return true;
    },
    leave(address) {
      taken -= 1;
      if (address === null) return;
      const own = byAddress.get(address) ?? 0;
      if (own > 1) byAddress.set(address, own - 1);
      else byAddress.delete(address);
    },
    count: () => taken,
  };
}
