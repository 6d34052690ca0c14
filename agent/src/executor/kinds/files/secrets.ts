// Where keys, passwords and tokens lie: no file from there is fetched. A list is never whole; that others may read a file counts too. Pure.

const FOLDERS = [
  ...['/etc/ssl/private', '/etc/pki/tls/private', '/etc/pki/private', '/etc/letsencrypt', '/etc/wireguard'],
  ...['/etc/openvpn', '/etc/ipsec.d', '/etc/ipsec.secrets', '/etc/swanctl', '/etc/strongswan', '/etc/ppp'],
  ...[
    '/etc/NetworkManager/system-connections',
    '/run/NetworkManager',
    '/usr/lib/NetworkManager/system-connections',
  ],
  ...[
    '/var/lib/NetworkManager/secret_key',
    '/etc/wpa_supplicant',
    '/etc/iwd',
    '/var/lib/iwd',
    '/etc/netplan',
  ],
  ...['/run/netplan', '/etc/sssd', '/var/lib/sss', '/var/lib/samba/private', '/etc/samba/private'],
  ...['/etc/kubernetes', '/var/lib/kubelet', '/etc/rancher', '/var/lib/rancher', '/etc/docker/key.json'],
  ...['/var/lib/docker', '/var/lib/containerd', '/var/lib/containers', '/run/containers', '/run/secrets'],
  ...['/run/credentials', '/run/credstore', '/etc/credstore', '/etc/credstore.encrypted', '/run/user'],
  ...['/var/lib/systemd/credential.secret', '/etc/opasswd', '/etc/security/opasswd', '/var/lib/private'],
  ...['/root/.config', '/etc/cups/ssl', '/etc/mysql/debian.cnf', '/var/lib/cloud', '/run/cloud-init'],
  // What people typed: passwords given to an installer, or where a name was asked for; whole sessions.
  ...[
    '/var/log/installer/cdebconf',
    '/var/log/sudo-io',
    '/var/log/tlog',
    '/var/log/audit',
    '/var/cache/debconf',
  ],
];
const IN_LOGS = /^\/var\/log\/(?:btmp|cloud-init)/;

/** One component, wherever it stands, without what a copy adds to it. */
const NAMES = new RegExp(
  `^\\.?(?:${[
    '\\.ssh|\\.gnupg|\\.aws|\\.azure|\\.kube|\\.docker|\\.config|gcloud|\\.password-store|\\.pki|\\.var|keyrings',
    '\\.mozilla|\\.thunderbird|\\.Xauthority|\\.ICEauthority|\\.smbcredentials|\\.s3cfg|\\.boto|\\.msmtprc|\\.fetchmailrc',
    '\\.netrc|_netrc|\\.pgpass|\\.my\\.cnf|\\.mylogin\\.cnf|\\.git-credentials|\\.vault-token|\\.npmrc|\\.yarnrc|\\.pypirc',
    '\\.env(?:\\..*)?|\\..*history|\\.cargo|\\.m2|\\.gradle|\\.terraform\\.d|\\.terraformrc|.*\\.tfstate|kubeconfig|k3s\\.yaml',
    'g?shadow(?:[-.~].*)?|opasswd|ssh_host_.*_key|id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|credentials(?:\\..*)?|krb5cc.*|wallet\\.dat',
  ].join('|')})$`,
  'i',
);
const ENDS = /\.(?:key|keytab|p12|pfx|jks|keystore|kdbx?|ppk|asc|gpg|ovpn|pem|p8|der)$/i;
/** What editors, package managers and people add to the name of a copy. */
const COPY =
  /(?:[~-]|\.(?:bak|backup|old|orig|save|saved|copy|tmp|sw[a-p]|\d+|dpkg-[a-z]+|rpm[a-z]+|ucf-[a-z]+|gz|bz2|xz|zst))+$/i;

/** True for a path at which secrets are kept. */
export function holdsSecrets(path: string): boolean {
  if (FOLDERS.some((place) => path === place || path.startsWith(`${place}/`)) || IN_LOGS.test(path))
    return true;
  const names = path.split('/').map((name) => name.replace(COPY, ''));
  return [...names, ...path.split('/')].some((name) => NAMES.test(name)) || ENDS.test(names.at(-1) ?? '');
}
