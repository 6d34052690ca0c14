// Rule `service`: whether a unit of the service manager runs, and starts with the machine.
import type { Static } from 'typebox';
import { defineRule } from '../rule-kind.ts';

/** As a file has it. */
const schema = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  description: 'A unit of the service manager.',
  properties: {
    // Never begins with a dash, so that it can be no option of a program.
    name: {
      type: 'string',
      pattern: '^[A-Za-z0-9_@][A-Za-z0-9_.@:-]{0,127}$',
      patternErrorMessage: 'Write the name of a unit: letters, digits and _ . @ : -, at most 128.',
      description: 'Name of the unit: nginx, or nginx.service; without the ending of a type it is a service.',
    },
    // Absent: it may run or not.
    running: { type: 'boolean', description: 'Whether it runs.' },
    // Absent: it may be enabled or not.
    enabled: { type: 'boolean', description: 'Whether it starts with the machine.' },
  },
} as const;

/** A unit and how it should be; what is absent is not judged. */
export type ServiceWanted = Static<typeof schema>;

/** Endings that systemd has for its units; a name with another ending has none: `php8.2-fpm` is a service. */
const UNIT_TYPE = /\.(?:service|socket|target|timer|path|mount|automount|swap|slice|scope|device)$/;

/** `nginx.service` of `nginx`: without its type the same unit would be two items. */
function nameUnit(name: string): string {
  return UNIT_TYPE.test(name) ? name : `${name}.service`;
}

export const serviceRule = defineRule<ServiceWanted, ServiceWanted>({
  schema,
  key: 'name',
  check({ running, enabled }) {
    if (running !== undefined || enabled !== undefined) return []; // one is enough
    return [{ message: 'Say "running", "enabled" or both; this rule wants nothing yet.' }];
  },
  normalizeName: nameUnit,
  normalize: ({ name, running, enabled }) => ({
    name: nameUnit(name),
    ...(running === undefined ? {} : { running }),
    ...(enabled === undefined ? {} : { enabled }),
  }),
  item: ({ name }) => `service.${nameUnit(name)}`, // service.nginx.service
  describe({ name, running, enabled }) {
    const clauses = [
      // runs, starts with the machine
      ...(running === undefined ? [] : [running ? 'runs' : 'does not run']),
      ...(enabled === undefined
        ? []
        : [enabled ? 'starts with the machine' : 'does not start with the machine']),
    ];
    return `${name} ${clauses.join(' and ')}`;
  },
});
