// Section `os_version`: which operating system this is.
import { defineSection } from '../section.ts';

/** One row. Not the kernel, which changes on its own: see kernel_info. */
export const osVersionSection = defineSection({
  name: 'os_version',
  title: 'Operating system',
  description: 'Name and version of the operating system, from /etc/os-release and /etc/debian_version.',
  kind: 'slice',
  // One row a device: nothing to tell rows apart by.
  key: [],
  columns: {
    // NAME, not PRETTY_NAME: the latter carries the version too.
    name: { type: 'text', required: true, description: 'Name, such as Debian GNU/Linux.' },
    version: {
      type: 'text',
      description: 'Version for people, such as 12 (bookworm); null on rolling releases.',
    },
    major: { type: 'integer', description: 'First number of the version.' },
    // Debian keeps its point release in a file of its own; os-release says only 12.
    minor: { type: 'integer', description: 'Second number of the version.' },
    patch: { type: 'integer', description: 'Third number of the version.' },
    build: { type: 'text', description: 'Build or image id where the vendor gives one.' },
    platform: { type: 'text', required: true, description: 'Id for programs: debian, ubuntu, rhel, alpine.' },
    platform_like: {
      type: 'text',
      description: 'Ids of the systems this one derives from, separated by blanks.',
    },
    codename: { type: 'text', description: 'Code name of the release.' },
    arch: { type: 'text', description: 'Machine architecture as uname writes it: x86_64, aarch64.' },
    variant: { type: 'text', description: 'Edition, such as Server Edition.' },
    // Not in osquery; os-release(5) names it SUPPORT_END.
    support_end: {
      type: 'text',
      description: 'Day on which the vendor ends support, YYYY-MM-DD, if it says so.',
    },
  },
});
