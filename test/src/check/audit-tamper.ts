// Check `audit-tamper`: whoever changes an export of the audit, or its tables, is found every time; whoever does not, is not.

import { type AuditHouse, openAuditHouse } from './audit/house.ts';
import { databaseTampers } from './audit/tamper-database.ts';
import { exportTampers } from './audit/tamper-export.ts';
import { type Check, type CheckContext, createTally, type Verdict } from './check.ts';

const TIMES = { quick: 75, full: 500, long: 5_000 } as const;
const ACTS = { quick: 24, full: 60, long: 200 } as const;

/** A tampering that can be tried. */
interface Attempt {
  readonly name: string;
  run(house: AuditHouse, original: readonly string[], random: () => number): Promise<readonly string[]>;
}

const attempts: readonly Attempt[] = [
  ...Object.entries(exportTampers).map(([name, tamper]) => ({
    name: `export: ${name}`,
    run: async (_house: AuditHouse, original: readonly string[], random: () => number) =>
      tamper(original, random),
  })),
  ...Object.entries(databaseTampers).map(([name, tamper]) => ({
    name: `tables: ${name}`,
    run: (house: AuditHouse, _original: readonly string[], random: () => number) =>
      house.exportTampered((tx) => tamper(tx, random)),
  })),
];

async function run({ random, size, say, teardown }: CheckContext): Promise<Verdict> {
  const house = await openAuditHouse({ teardown }, ACTS[size]);
  const original = await house.exportNow();
  const witness = [await house.testify()];
  const faults: string[] = [];
  const control = async () => {
    const untouched = [original, await house.exportTampered(async () => undefined)];
    for (const lines of untouched) {
      const report = house.verify(lines, witness);
      if (report.faultCount > 0) faults.push(`the control does not hold: ${report.faults[0]}`);
    }
  };
  await control();
  const found = createTally();
  for (let at = 0; at < TIMES[size]; at++) {
    // Each kind in turn, so that none is left out by chance.
    const attempt = attempts[at % attempts.length];
    if (attempt === undefined) break;
    const lines = await attempt.run(house, original, random);
    if (house.verify(lines, witness).faultCount > 0) found.add(attempt.name);
    else faults.push(`not found: ${attempt.name} (try ${at})`);
    if (at % 100 === 99) say(`${at + 1} of ${TIMES[size]}`);
  }
  await control();
  return {
    evidence: [
      `${found.total()} of ${TIMES[size]} tamperings found, of ${attempts.length} kinds, in a history of ${original.length} lines`,
      `control: the untouched history holds before and behind them`,
      found.toString(),
    ],
    faults,
  };
}

export const auditTamper: Check = {
  id: 'audit-tamper',
  claims: 'Whoever changes the audit, in an export or in the database, is found every time',
  group: 'audit',
  run,
};
