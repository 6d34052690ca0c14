// Loaded into a server under test: from SIGWINCH on, writes each statement that a binary frame causes to the file that its address names.
import { appendFileSync } from 'node:fs';
import { watchFrames } from '../../support/caused.ts';

const file = new URL(import.meta.url).searchParams.get('file');
if (file === null) throw new Error('the address names no file');
const append = (entry: object) => appendFileSync(file, `${JSON.stringify(entry)}\n`);

// Not from the start on: to follow what belongs to what takes memory, and that of the server may be what is looked at.
process.once('SIGWINCH', () => {
  watchFrames((kind, text) => append({ kind, text }));
  append({ kind: null, text: 'from here on' });
});
