// An exception as everybody but its writer sees it: a rule that does not count on some devices, until a moment.

/** A rule of a policy that is left alone somewhere for a time. */
export interface PolicyException {
  /** Id of a rule of the same policy. */
  readonly rule: string;
  /** What that rule decides about. */
  readonly item: string;
  /** Expression that the server judges: on which of the devices of the policy. */
  readonly on: string;
  /** Why, on one line. */
  readonly reason: string;
  /** Who answers for it. */
  readonly approvedBy: string;
  /** From this moment on it is over: RFC 3339 in UTC, to the second. */
  readonly until: string;
}

/** When it is over, ms since 1970. */
export function readUntil({ until }: Pick<PolicyException, 'until'>): number {
  return Date.parse(until);
}

/** A moment as documents write it: `2027-03-01T12:00:00Z`. */
export function formatSecond(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Why it is so, for people: `Exempt until 2027-03-01T12:00:00Z, approved by …: …`. */
export function describeException({
  until,
  approvedBy,
  reason,
}: Pick<PolicyException, 'until' | 'approvedBy' | 'reason'>): string {
  return `Exempt until ${until}, approved by ${approvedBy}: ${reason}`;
}
