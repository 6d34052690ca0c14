// Limits of reading policy files, with their units; those of a policy itself are limits of the protocol.

/** Files of one command. */
export const MAX_FILES = 1_000;
/** All files of one command together, bytes. */
export const MAX_ALL_FILES_BYTES = 16 * 1024 * 1024;
/** Entries of folders that are looked at while files are sought. */
export const MAX_FOLDER_ENTRIES = 100_000;
/** Folders inside of folders, levels. */
export const MAX_FOLDER_LEVELS = 32;
/** Pieces of YAML (keys, values, marks, blanks) in one file; 1 MiB of short rules has about 530,000. */
export const MAX_PIECES = 600_000;
/** Levels of YAML inside of each other; a policy has six. */
export const MAX_LEVELS = 40;
/** Faults that are shown; the rest is counted. */
export const MAX_SHOWN_FAULTS = 50;
/** Longest piece of a line that is shown below a fault, characters. */
export const MAX_SHOWN_CHARS = 72;
