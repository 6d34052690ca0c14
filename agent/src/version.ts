// Version of this agent build.

/** As in the package; shown in the inventory and to the server at every session. */
export const AGENT_VERSION = '0.1.0';
