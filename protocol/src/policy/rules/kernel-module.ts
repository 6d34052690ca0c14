// Rule `kernel-module`: whether a module of the kernel is loaded.
import type { Static } from 'typebox';
import { defineRule } from '../rule-kind.ts';

/** As a file has it. */
const schema = {
  type: 'object',
  required: ['name', 'state'],
  additionalProperties: false,
  description: 'A module of the kernel.',
  properties: {
    name: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$',
      patternErrorMessage: 'Write the name of a module: letters, digits, _ and -, at most 64.',
      description: 'Name of the module: usb_storage.',
    },
    state: {
      enum: ['absent', 'loaded'],
      description: 'absent: not loaded, and not loaded on demand; loaded: loaded.',
    },
  },
} as const;

/** A module and how it should be. */
export type KernelModuleWanted = Static<typeof schema>;

/** The kernel knows `usb_storage` alone; modprobe takes `usb-storage` for it, and so do people. */
function nameModule(name: string): string {
  return name.replaceAll('-', '_');
}

/** One item a module, by the name that the kernel has for it. */
export const kernelModuleRule = defineRule<KernelModuleWanted, KernelModuleWanted>({
  schema,
  key: 'name',
  check: () => [], // the form says all
  normalizeName: nameModule,
  normalize: ({ name, state }) => ({ name: nameModule(name), state }),
  item: ({ name }) => `kernel-module.${nameModule(name)}`, // kernel-module.usb_storage
  describe: ({ name, state }) => `${name} is ${state === 'loaded' ? 'loaded' : 'not loaded'}`,
});
