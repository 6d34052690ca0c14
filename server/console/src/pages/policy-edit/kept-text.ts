// The text in the making: kept in this tab until it is applied or thrown away, so that a reload loses nothing.

const PREFIX = 'muster.policy-text.';

/** What a new policy begins as. */
export const TEMPLATE = `policy: my-policy
title: What it is for, in a few words
owner: security@example.com
# audit only reports; enforce repairs
mode: audit
# for which devices: true is all of them
on: "true"
rules:
  - id: first-rule
    title: What must hold
    why: What happens where it does not
    severity: medium
    sysctl: { key: net.ipv4.ip_forward, value: "0" }
`;

/** Under which name it is kept. */
export function keyOf(name: string | undefined): string {
  return PREFIX + (name ?? '');
}

export function readKept(key: string): string | null {
  return sessionStorage.getItem(key);
}

/** False where the browser has no room for it. */
export function keepText(key: string, text: string): boolean {
  try {
    sessionStorage.setItem(key, text);
    return true;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}

export function forgetText(key: string): void {
  sessionStorage.removeItem(key);
}
