# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a vif-post.d hook finds when it is sourced: the variables and helpers that Xen's shell scripts give it.
# vif-bridge runs this text with bash, as: bash -c TEXT vif-bridge COMMAND [VAR=VALUE ...] -- HOOK [HOOK ...]
# with the call's variables in the environment. Descriptor 9 carries back which hook runs and why one gives up.

set -e
unset BASH_ENV ENV CDPATH

_vifplug_tell() { printf '%s %s\n' "$1" "${*:2}" >&9; }

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

xenstore_write() { xenstore-write "$@" || fatal "Writing $* to the xenstore failed."; }

# The scripts' lock files: whoever holds one unlinks it, so the open file has to be the named one still.
claim_lock() {
  local path=/var/run/xen-hotplug/$1
  mkdir -p "${path%/*}"
  while exec {_vifplug_lock}<>"$path" && flock -x "$_vifplug_lock"; do
    if [ "$(stat -L -c %D.%i "/dev/fd/$_vifplug_lock")" = "$(stat -c %D.%i "$path" 2>/dev/null)" ]; then
      return 0
    fi
    exec {_vifplug_lock}>&-
  done
  return 1
}

release_lock() {
  rm -f "/var/run/xen-hotplug/$1"
  exec {_vifplug_lock}>&-
}

# shellcheck disable=SC2034 # it is for the hooks
dir=$XEN_SCRIPT_DIR

_vifplug_arguments=()
while [ "$1" != -- ]; do
  _vifplug_arguments+=("$1")
  shift
done
shift
_vifplug_hooks=("$@")
set -- "${_vifplug_arguments[@]}"

for _vifplug_hook in "${_vifplug_hooks[@]}"; do
  _vifplug_tell hook "$_vifplug_hook"
  # shellcheck disable=SC1090
  . "$_vifplug_hook"
done
_vifplug_tell 'done'
