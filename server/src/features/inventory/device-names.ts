// What this feature asks of the devices feature, in both directions between ids and numbers.

/** Ids and names of devices. */
export interface DeviceNames {
  /** The device with that id; rejects with E_NOT_FOUND. */
  find(tenant: number, id: string): Promise<{ readonly idx: number }>;
  /** Ids and names by device number, in one statement. */
  name(
    tenant: number,
    idxs: readonly number[],
  ): Promise<ReadonlyMap<number, { readonly id: string; readonly hostname: string }>>;
}
