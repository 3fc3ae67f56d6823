# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a vif-post.d hook finds when it is sourced: the variables and helpers that Xen's shell scripts give it.
# vif-bridge runs this text with bash, as: bash -c TEXT $0 [VAR=VALUE ...] -- HOOK [HOOK ...]
# with the call's variables in the environment. Descriptor 199 carries back which hook runs and why one gives up.

set -e
unset BASH_ENV ENV CDPATH

_vifplug_tell() {
  local text=${*:2}
  printf '%s %s\n' "$1" "${text//$'\n'/ }" >&199
}

log() {
  local level=$1
  shift
  logger -t "${0##*/}" -p "daemon.$level" -- "$*" 2>/dev/null || printf '%s\n' "$*" >&2
}

# The reason goes back to vif-bridge, which writes hotplug-error and hotplug-status in one transaction.
fatal() {
  _vifplug_tell fatal "$*"
  exit 1
}

success() { :; }

do_or_die() { "$@" || fatal "$* failed"; }

do_without_error() { "$@" 2>/dev/null || log debug "$* failed"; }

xenstore_read() {
  local value
  value=$(xenstore-read "$@") || fatal "xenstore-read $* failed"
  printf '%s\n' "$value"
}

xenstore_read_default() { xenstore-read "$1" 2>/dev/null || printf '%s\n' "$2"; }

_xenstore_write() { xenstore-write "$@"; }

xenstore_write() { _xenstore_write "$@" || fatal "Writing $* to the xenstore failed."; }

iptables_w() { iptables -w "$@"; }

# The first IPv4 address of a netdev.
ip_of() { ip -4 -o addr show primary dev "$1" | sed -n 's/^.* inet \([0-9.]*\).*$/\1/p' | head -n 1; }

add_to_bridge() { ip link set dev "$2" master "$1" && ip link set dev "$2" up; }

remove_from_bridge() { do_without_error ip link set dev "$2" down; do_without_error ip link set dev "$2" nomaster; }

# The scripts' lock files: whoever holds one unlinks it, so the open file has to be the named one still.
declare -A _vifplug_locks
claim_lock() {
  local path=/var/run/xen-hotplug/$1 lock
  mkdir -p "${path%/*}"
  while exec {lock}<>"$path" && flock -x "$lock"; do
    if [ "$(stat -L -c %D.%i "/dev/fd/$lock")" = "$(stat -c %D.%i "$path" 2>/dev/null)" ]; then
      _vifplug_locks[$1]=$lock
      return 0
    fi
    exec {lock}>&-
  done
  return 1
}

release_lock() {
  local lock=${_vifplug_locks[$1]}
  rm -f "/var/run/xen-hotplug/$1"
  exec {lock}>&-
}

# Where Xen's own programs are, as the host's Xen has it.
if [ -r "$XEN_SCRIPT_DIR/hotplugpath.sh" ]; then
  # shellcheck disable=SC1091,SC2154
  . "$XEN_SCRIPT_DIR/hotplugpath.sh"
  # shellcheck disable=SC2154
  PATH=$bindir:$sbindir:$LIBEXEC_BIN:$PATH
fi
# shellcheck disable=SC2034 # it is for the hooks
dir=$XEN_SCRIPT_DIR

# The VAR=VALUE words of the call, as data; those that would change what the shell itself does are passed over.
while [ "$1" != -- ]; do
  case ${1%%=*} in
    *[!A-Za-z0-9_]* | [0-9]* | '' | PATH | IFS | ENV | BASH* | LD_* | SHELLOPTS | PS4 | _vifplug*) ;;
    *) printf -v "${1%%=*}" '%s' "${1#*=}" ;;
  esac
  shift
done
shift
_vifplug_hooks=("$@")

# In a function, as the scripts do it: a hook may use "local", and its $1 and $2 are "vif" and "post".
call_hooks() {
  local f
  for f in "${_vifplug_hooks[@]}"; do
    _vifplug_tell hook "$f"
    # shellcheck disable=SC1090
    . "$f"
  done
}
call_hooks vif post
_vifplug_tell 'done'
