// Limits of expressions with their units; a device, the server and the console hold the same.

/** Longest expression, UTF-16 units. Looked at before anything is parsed. */
export const MAX_EXPRESSION_CHARS = 2_048;
/** Parts of one expression: names, constants, operators, calls, list elements. It bounds what an evaluation costs. */
export const MAX_EXPRESSION_PARTS = 512;
/** Deepest nesting of brackets, calls and dots, levels. */
export const MAX_EXPRESSION_DEPTH = 32;
/** Addresses of one device that count; with the longest of them the fact `addresses` stays below MAX_VALUE_CHARS. */
export const MAX_ADDRESSES = 100;
/** Longest name of a package, UTF-16 units; its versions: MAX_VERSION_CHARS. */
export const MAX_PACKAGE_CHARS = 255;
/** Different questions about packages in one expression: each costs the server some statements. */
export const MAX_SOFTWARE_ASKED = 16;
/** Longest id or name of a group, UTF-16 units. */
export const MAX_GROUP_CHARS = 64;
/** Elements of one list behind `in`. */
export const MAX_LIST_ELEMENTS = 256;
/** Arguments that the parser reads of one call; every function here takes fewer. */
export const MAX_CALL_ARGUMENTS = 4;
