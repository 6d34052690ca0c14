#!/bin/sh
# Installs the Muster agent as two services on Linux with systemd, or takes it away again, and tells line by line what it does.
set -eu

usage() {
  cat <<'END'
Install the agent from a checkout that was built (pnpm build), as root:

  installers/linux/install.sh --dry-run     what would be done
  installers/linux/install.sh               do it; a second time it changes nothing

Options
  --dry-run        tell what would be done, and do nothing
  --uninstall      stop the services and remove the programs; keys, measurements and rules stay
  --purge          with --uninstall: remove those too; the device is unknown afterwards
  --from FOLDER    where the programs lie (default: agent/dist of this checkout)
  --node FILE      the Node.js to install with them, 20.19 or newer (default: the one in PATH)
  --root FOLDER    install below this folder, as for an image: no user is made, no service is touched
  -h, --help       this text

Exit codes: 0 done, 1 something is in the way and is named, 2 the command line is not understood.
END
}

say() { printf '%s\n' "$*"; }
die() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}
misused() {
  printf 'install.sh: %s See install.sh --help.\n' "$*" >&2
  exit 2
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
from=$here/../../agent/dist
node=$(command -v node || true)
root=
is_dry=no
is_uninstall=no
is_purge=no
is_changed=no
draft=
trap '[ -z "$draft" ] || rm -f -- "$draft"' EXIT

while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) is_dry=yes ;;
    --uninstall) is_uninstall=yes ;;
    --purge) is_purge=yes ;;
    --from | --node | --root)
      [ $# -ge 2 ] && [ -n "$2" ] || misused "$1 needs a value."
      case $1 in --from) from=$2 ;; --node) node=$2 ;; --root) root=${2%/} ;; esac
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) misused "$1 is no option." ;;
  esac
  shift
done
[ $is_purge = no ] || [ $is_uninstall = yes ] || misused "--purge goes with --uninstall only."

# What is installed: file here, place, mode. The runtime is ours, so that an upgrade of the system's Node.js cannot break the agent.
lib=/usr/lib/muster
units=/etc/systemd/system
state=/var/lib/muster-agent
programs='muster-agent.cjs muster-executor.cjs probe.cjs'
unit_files='muster-executor.socket muster-executor.service muster-agent.service'
command=/usr/bin/muster-agent
unfinished=$lib/.unfinished

# Runs a command; what it printed is the cause when it fails.
must() {
  why=$1
  shift
  cause=$("$@" 2>&1) || die "$why: ${cause:-it failed without a word}"
}

check_machine() {
  [ "$(uname -s)" = Linux ] || die "this is no Linux, and these services are for Linux."
  if [ -n "$root" ]; then
    [ -d "$root" ] || die "$root is no folder; make it first."
    [ -w "$root" ] || die "$root cannot be written by this user."
    return
  fi
  [ $is_dry = yes ] || [ "$(id -u)" = 0 ] || die "only root can install services; run it with sudo, or try --dry-run."
  [ -d /run/systemd/system ] ||
    die "systemd does not run here; see \"Without systemd\" in docs/installation.md, or install below a folder with --root."
}

check_programs() {
  for name in $programs; do
    [ -f "$from/$name" ] || die "$from/$name is not there; build the checkout first (pnpm build), or name the folder with --from."
  done
  [ -n "$node" ] && [ -x "$node" ] || die "there is no Node.js at ${node:-PATH}; install version 20.19 or newer, or name it with --node."
  version=$("$node" --version 2>/dev/null) || die "$node does not run; name another with --node."
  "$node" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    die "$node is $version, and the agent needs 20.19 or newer; name another with --node."
  # Debian's is a small program over a library of the system, which a copy would not bring along.
  ! ldd "$node" 2>/dev/null | grep -q libnode ||
    die "$node needs the libnode of this system, and an upgrade would break the agent; name a whole one (nodejs.org) with --node."
}

# A folder, with its mode, where it is absent.
folder() {
  [ ! -d "$root$1" ] || return 0
  if [ $is_dry = yes ]; then
    say "would make    $1"
    return
  fi
  must "cannot make $root$1" install -d -m "$2" -- "$root$1"
  say "made          $1"
}

# A file, whole or not at all: a program that runs meanwhile keeps what it has open.
put() {
  if [ -f "$root$2" ] && cmp -s -- "$1" "$root$2" && [ "$(stat -c %a -- "$root$2")" = "$3" ]; then
    say "unchanged     $2"
    return
  fi
  is_changed=yes
  if [ $is_dry = yes ]; then
    say "would write   $2"
    return
  fi
  draft=$root$2.new
  must "cannot write $root$2" install -m "$3" -- "$1" "$draft"
  must "cannot write $root$2" mv -fT -- "$draft" "$root$2"
  draft=
  say "written       $2"
}

# Removes a file or, with its second word, a folder and all in it.
drop() {
  [ -e "$root$1" ] || return 0
  is_changed=yes
  if [ $is_dry = yes ]; then
    say "would remove  $1"
    return
  fi
  must "cannot remove $root$1" rm "-f${2:+r}" -- "$root$1"
  say "removed       $1"
}

# Something done to the machine itself, never below --root.
live() {
  [ -z "$root" ] || return 0
  if [ $is_dry = yes ]; then
    say "would run     $*"
    return
  fi
  must "$* failed" "$@"
  say "run           $*"
}

make_command() {
  text=$(
    cat <<END
#!/bin/sh
# Runs the Muster agent as its own user, so that no file of it becomes root's.
# The executor is where muster-agent.service says it is.
export MUSTER_AGENT_EXECUTOR=service MUSTER_AGENT_EXECUTOR_SOCKET=/run/muster/executor.sock
[ "\$(id -u)" != 0 ] || exec runuser -u muster -- $lib/node $lib/muster-agent.cjs "\$@"
exec $lib/node $lib/muster-agent.cjs "\$@"
END
  )
  if [ -f "$root$command" ] && [ "$(cat -- "$root$command")" = "$text" ]; then
    say "unchanged     $command"
    return
  fi
  is_changed=yes
  if [ $is_dry = yes ]; then
    say "would write   $command"
    return
  fi
  draft=$root$command.new
  printf '%s\n' "$text" >"$draft" || die "cannot write $root$command"
  must "cannot write $root$command" chmod 755 -- "$draft"
  must "cannot write $root$command" mv -fT -- "$draft" "$root$command"
  draft=
  say "written       $command"
}

install_all() {
  check_machine
  check_programs
  for path in $lib /usr/bin /usr/lib/sysusers.d $units /etc/muster /etc/muster/deny.d; do folder $path 755; done
  # Left behind by a run that did not come to its end: then all of it is done again.
  [ ! -e "$root$unfinished" ] || is_changed=yes
  [ $is_dry = yes ] || : >"$root$unfinished" || die "cannot write in $root$lib"
  put "$node" $lib/node 755
  for name in $programs; do put "$from/$name" $lib/$name 755; done
  put "$here/muster.sysusers" /usr/lib/sysusers.d/muster.conf 644
  for name in $unit_files; do put "$here/$name" $units/$name 644; done
  make_command
  if [ $is_changed = yes ]; then
    live systemd-sysusers muster.conf
    live systemctl daemon-reload
  fi
  if [ -z "$root" ] && [ ! -d $state ]; then live install -d -m 700 -o muster -g muster $state; fi
  if [ $is_changed = yes ]; then live systemctl try-restart muster-executor.service muster-agent.service; fi
  if [ $is_dry = no ]; then
    must "what was installed does not run" "$root$lib/node" "$root$lib/muster-agent.cjs" --version
    say "Installed: the agent $cause."
    must "cannot remove $root$unfinished" rm -f -- "$root$unfinished"
  fi
  [ -f "$root$state/enrollment.json" ] || next_steps
}

next_steps() {
  cat <<'END'

Next, as root, with a token from the console or "muster tokens create":

  echo mst1.… | muster-agent enroll --server https://muster.example:8443 --token-file -
  systemctl start muster-executor.service
  systemctl enable --now muster-executor.socket muster-agent.service
  muster-agent doctor
END
}

uninstall_all() {
  check_machine
  if [ -z "$root" ]; then
    for name in muster-agent.service muster-executor.socket muster-executor.service; do
      if [ -f $units/$name ]; then live systemctl disable --now $name; fi
    done
  fi
  for name in $unit_files; do drop $units/$name; done
  drop /usr/lib/sysusers.d/muster.conf
  drop $command
  for name in node $programs muster-executor.start.cjs muster-executor.bin .unfinished; do drop $lib/$name; done
  if [ $is_dry = no ]; then rmdir -- "$root$lib" 2>/dev/null || true; fi
  if [ $is_changed = yes ]; then live systemctl daemon-reload; fi
  if [ $is_purge = yes ]; then
    for path in $state /var/lib/muster-executor /etc/muster; do drop $path all; done
  else
    for path in $state /var/lib/muster-executor /etc/muster; do
      if [ -e "$root$path" ]; then say "kept          $path"; fi
    done
  fi
  if [ $is_changed = no ]; then say "Nothing of the agent is installed."; fi
}

if [ $is_uninstall = yes ]; then uninstall_all; else install_all; fi
