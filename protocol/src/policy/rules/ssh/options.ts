// The options of sshd_config(5) in their usual spelling, up to OpenSSH 10, with what Debian adds.

/**
 * What the value of an option is:
 * `flag` is yes or no, `word` one of a few words whose case does not count, `time` a span such as 90, 2m or 1h30m, `text` all else, whose case counts.
 */
export type OptionType = 'flag' | 'word' | 'time' | 'text';

/** Names by type. `Match` and `Include` are not here: they are no settings, and `sshd -T` does not tell them. */
const names: Readonly<Record<OptionType, string>> = {
  flag: `
    AllowAgentForwarding DebianBanner DisableForwarding ExposeAuthInfo GSSAPIAuthentication GSSAPICleanupCredentials
    GSSAPIKeyExchange GSSAPIStoreCredentialsOnRekey GSSAPIStrictAcceptorCheck HostbasedAuthentication
    HostbasedUsesNameFromPacketOnly IgnoreUserKnownHosts KbdInteractiveAuthentication KerberosAuthentication
    KerberosGetAFSToken KerberosOrLocalPasswd KerberosTicketCleanup PasswordAuthentication PermitEmptyPasswords PermitTTY
    PermitUserRC PrintLastLog PrintMotd PubkeyAuthentication StreamLocalBindUnlink StrictModes TCPKeepAlive UseDNS UsePAM
    X11Forwarding X11UseLocalhost`,
  word: `
    AddressFamily AllowStreamLocalForwarding AllowTcpForwarding Compression FingerprintHash GatewayPorts IgnoreRhosts
    LogLevel PermitRootLogin PermitTunnel SyslogFacility`,
  time: `
    ClientAliveInterval LoginGraceTime UnusedConnectionTimeout`,
  text: `
    AcceptEnv AllowGroups AllowUsers AuthenticationMethods AuthorizedKeysCommand AuthorizedKeysCommandUser
    AuthorizedKeysFile AuthorizedPrincipalsCommand AuthorizedPrincipalsCommandUser AuthorizedPrincipalsFile Banner
    CASignatureAlgorithms ChannelTimeout ChrootDirectory Ciphers ClientAliveCountMax DenyGroups DenyUsers ForceCommand
    GSSAPIKexAlgorithms HostCertificate HostKey HostKeyAgent HostKeyAlgorithms HostbasedAcceptedAlgorithms IPQoS
    KexAlgorithms ListenAddress LogVerbose MACs MaxAuthTries MaxSessions MaxStartups ModuliFile PerSourceMaxStartups
    PerSourceNetBlockSize PerSourcePenalties PerSourcePenaltyExemptList PermitListen PermitOpen PermitUserEnvironment
    PidFile Port PubkeyAcceptedAlgorithms PubkeyAuthOptions RDomain RefuseConnection RekeyLimit RequiredRSASize
    RevokedKeys SecurityKeyProvider SetEnv SshdAuthPath SshdSessionPath StreamLocalBindMask Subsystem TrustedUserCAKeys
    VersionAddendum X11DisplayOffset XAuthLocation`,
};

/** Names that sshd still takes for another. */
const aliases = {
  ChallengeResponseAuthentication: 'KbdInteractiveAuthentication', // until OpenSSH 8.6
  SkeyAuthentication: 'KbdInteractiveAuthentication',
  PubkeyAcceptedKeyTypes: 'PubkeyAcceptedAlgorithms', // until 8.4
  HostbasedAcceptedKeyTypes: 'HostbasedAcceptedAlgorithms', // until 8.4
  KeepAlive: 'TCPKeepAlive',
} as const;

/** An option. */
export interface SshOption {
  /** In its usual spelling. */
  readonly name: string;
  readonly type: OptionType;
}

/** By name in lower case. */
const options: ReadonlyMap<string, SshOption> = new Map(
  (['flag', 'word', 'time', 'text'] as const).flatMap((type) =>
    names[type]
      .trim()
      .split(/\s+/)
      .map((name) => [name.toLowerCase(), { name, type }] as const),
  ),
);

/** Older names, in lower case, to those of today. */
const newer: ReadonlyMap<string, string> = new Map(
  Object.entries(aliases).map(([old, name]) => [old.toLowerCase(), name.toLowerCase()]),
);

/** All names, for suggestions. */
export const sshOptionNames: readonly string[] = [...options.values()].map(({ name }) => name);

/** The option that is meant by a name of any case or age; undefined: sshd has none such. */
export function findSshOption(name: string): SshOption | undefined {
  const lower = name.toLowerCase();
  return options.get(newer.get(lower) ?? lower);
}
