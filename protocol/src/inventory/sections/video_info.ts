// Section `video_info`: graphics cards.
import { defineSection } from '../section.ts';

/** Live, because the answer needs other programs, which the agent does not start for its regular inventory. */
export const videoInfoSection = defineSection({
  name: 'video_info',
  title: 'Graphics cards',
  description: 'Graphics cards, asked of the system by a short-lived child process without rights.',
  kind: 'live',
  key: ['bus_address', 'model'],
  columns: {
    manufacturer: { type: 'text', description: 'Vendor.' },
    model: { type: 'text', required: true, description: 'Model.' },
    // Not in osquery: tells two equal cards apart.
    bus_address: { type: 'text', description: 'Place on the bus, such as 00:02.0.' },
    driver_version: { type: 'text', description: 'Version of the driver.' },
    // What the firmware or driver states; cards that share the main memory state none.
    video_memory: { type: 'integer', unit: 'By', description: 'Memory of its own.' },
  },
});
