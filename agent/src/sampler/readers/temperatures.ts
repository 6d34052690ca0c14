// Temperatures from /sys/class/hwmon and /sys/class/thermal.
import type { ProcFile, ProcSource } from '../../platform/linux/proc-reader.ts';
import { DISCOVER_EVERY_MS, MAX_SENSORS, SLOW_SENSOR_MS } from '../limits.ts';
import { type CreateReader, readInto } from '../reader.ts';
import { createScan, readNumber } from '../scan.ts';
import type { Series } from '../series-table.ts';

const MILLI = 1_000;
/** Sensors that are not connected answer values outside of this, °C: -128, -62, 127.5 and the like. */
const LOWEST_CEL = -40;
const HIGHEST_CEL = 126;
/** Chips in disks: each reading is a command to the disk, which may keep it awake, so it comes at slow moments only. */
const IN_DISKS = new Set(['drivetemp', 'nvme']);

/** A sensor that was found. */
export interface Sensor {
  /** Name as shown: chip and label, as `coretemp Package id 0`. */
  readonly name: string;
  readonly path: string;
  readonly slow: boolean;
}

/** A sensor that is being read. */
interface RunningSensor {
  readonly file: ProcFile;
  readonly series: Series;
  slow: boolean;
  last: number;
}

/** A chip of /sys/class/hwmon before its sensors get their names. */
interface Chip {
  readonly folder: string;
  readonly name: string;
  /** What it sits on, as `nvme0`; tells chips of one name apart. */
  readonly on: string;
  readonly inputs: readonly string[];
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function readLine(source: ProcSource, path: string): string {
  return source.readText(path)?.trim() ?? '';
}

function findChips(source: ProcSource): Chip[] {
  const chips: Chip[] = [];
  for (const entry of source.list('sys/class/hwmon')) {
    const folder = `sys/class/hwmon/${entry}`;
    const on = baseName(source.readLink(`${folder}/device`) ?? '');
    // the same sensor stands among the thermal zones
    if (on.startsWith('thermal_zone')) continue;
    const inputs = source.list(folder).filter((name) => /^temp\d+_input$/.test(name));
    chips.push({ folder, name: readLine(source, `${folder}/name`) || entry, on, inputs });
  }
  return chips;
}

/** Sensors of one chip. Where a processor has one for the whole package, those of its cores are left out. */
function listChipSensors(source: ProcSource, chip: Chip, shownAs: string): Sensor[] {
  const sensors = chip.inputs.map((input) => {
    const stem = input.slice(0, -'_input'.length);
    const label = readLine(source, `${chip.folder}/${stem}_label`) || stem;
    return { label, path: `${chip.folder}/${input}` };
  });
  const hasPackage = sensors.some(({ label }) => label.startsWith('Package'));
  return sensors
    .filter(({ label }) => !hasPackage || !label.startsWith('Core '))
    .map(({ label, path }) => ({ name: `${shownAs} ${label}`, path, slow: IN_DISKS.has(chip.name) }));
}

/** All sensors of the machine, named so that the names outlive a restart: numbers of hwmon folders do not. */
export function findSensors(source: ProcSource): Sensor[] {
  const sensors: Sensor[] = [];
  for (const entry of source.list('sys/class/thermal')) {
    if (!entry.startsWith('thermal_zone')) continue;
    const folder = `sys/class/thermal/${entry}`;
    sensors.push({ name: readLine(source, `${folder}/type`) || entry, path: `${folder}/temp`, slow: false });
  }
  const chips = findChips(source);
  for (const chip of chips) {
    const isAlone = chips.filter(({ name }) => name === chip.name).length === 1;
    const shownAs = isAlone || chip.on === '' ? chip.name : `${chip.name} ${chip.on}`;
    sensors.push(...listChipSensors(source, chip, shownAs));
  }
  return nameApart(sensors).slice(0, MAX_SENSORS);
}

/** Gives equal names (two `acpitz` zones) numbers in their order. */
function nameApart(sensors: readonly Sensor[]): Sensor[] {
  const seen = new Map<string, number>();
  return sensors.map((sensor) => {
    const count = (seen.get(sensor.name) ?? 0) + 1;
    seen.set(sensor.name, count);
    return count === 1 ? sensor : { ...sensor, name: `${sensor.name} #${count}` };
  });
}

/** Reads every sensor; new ones are looked for every ten minutes. No sensor, as in most virtual machines: no series. */
export const createTemperatureReader: CreateReader = ({ source, table, clock }) => {
  const scan = createScan();
  let sensors: RunningSensor[] = [];
  let found = '';
  let lookedAtMs = Number.NEGATIVE_INFINITY;

  function close() {
    for (const { file } of sensors) file.close();
  }

  function discover() {
    const now = findSensors(source);
    const text = JSON.stringify(now);
    if (text === found) return;
    found = text;
    close();
    sensors = now.map(({ name, path, slow }) => ({
      file: source.open(path, { single: true }),
      slow,
      series: table.series('hw.temperature', name),
      last: Number.NaN,
    }));
  }

  function readSensor(sensor: RunningSensor) {
    const beganMs = clock.monotonic();
    const degrees = readInto(scan, source, sensor.file) ? readNumber(scan) / MILLI : Number.NaN;
    // some chips are asked over a slow bus or through the firmware, and everything waits meanwhile
    if (clock.monotonic() - beganMs > SLOW_SENSOR_MS) sensor.slow = true;
    sensor.last = degrees > LOWEST_CEL && degrees < HIGHEST_CEL ? degrees : Number.NaN;
  }

  return {
    read({ atMs, slow }) {
      const isDue = Math.abs(atMs - lookedAtMs) >= DISCOVER_EVERY_MS;
      if (isDue) {
        discover();
        lookedAtMs = atMs;
      }
      for (const sensor of sensors) {
        if (!sensor.slow || slow || isDue) readSensor(sensor);
        table.set(sensor.series, sensor.last);
      }
    },
    close,
  };
};
