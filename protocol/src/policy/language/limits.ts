// Limits of expressions with their units; a device, the server and the console hold the same.

/** Longest expression, UTF-16 units. Looked at before anything is parsed. */
export const MAX_EXPRESSION_CHARS = 2_048;
/** Parts of one expression: names, constants, operators, calls, list elements. It bounds what an evaluation costs. */
export const MAX_EXPRESSION_PARTS = 512;
/** Deepest nesting of brackets, calls and dots, levels. */
export const MAX_EXPRESSION_DEPTH = 32;
/** Elements of one list behind `in`. */
export const MAX_LIST_ELEMENTS = 256;
/** Arguments that the parser reads of one call; every function here takes fewer. */
export const MAX_CALL_ARGUMENTS = 4;
