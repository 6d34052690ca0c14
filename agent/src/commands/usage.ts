// The help text of the agent's command line.

/** Shown by --help; begins with an example. */
export const USAGE = `Enroll this device, then run the agent:

  echo mst1.… | muster-agent enroll --server https://muster.example:8443 --token-file -
  muster-agent run

Commands
  run                     stay connected, report inventory and measurements
  enroll                  make this device known to a server
    --server URL          address of the server, as shown by "muster tokens create"
    --token-file FILE     file with the enrollment token; - is standard input, so that no other user sees it
  status [--json]         whether this device is enrolled and connected, and its fingerprint
  doctor [--json]         check DNS, TCP, TLS, clock, trust, disk and permissions, with a fix for each
    --server URL          look at this server; before the enrollment there is no other
  witness [--accept]      what this device saw of the server's audit; --accept ends an alarm, as after a backup was restored
  collect NAME [--json]   read one section of the inventory now and print it
  collect --list          names of all sections
  unenroll --yes          forget the enrollment and the keys of this device, and what waits for its server

Settings (flag, variable MUSTER_AGENT_…, or key of the --config file; see docs/configuration.md)
  --state-dir FOLDER      where keys and measurements lie
  --log-level LEVEL       debug, info, warn, error or silent
  --proxy-ends-tls        permit a proxy that ends TLS between agent and server
  --config FILE           configuration file (default /etc/muster/agent.json)

Exit codes: 0 done, 1 failed (status: the agent does not run; doctor: a check fails), 2 the command line or the configuration is not
valid, 3 not enrolled, 4 refused by the server, 5 the server cannot be reached.
`;
