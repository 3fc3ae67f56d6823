# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the cases are written with; most of them source this file first. Inside a lab machine only; what is about guests,
# inside a --xen machine.
# Everything is emulated and slow: wait for what is to happen, with "eventually", and poll no faster than it does.

set -u
failures=0
scripts=/etc/xen/scripts
ours=/usr/libexec/vifplug/vif-bridge
stock=$scripts/vif-bridge.stock

# Our program takes the place of the script that libxl calls; the stock one stays at hand.
if [ -e /sys/hypervisor/type ]; then
    [ -e "$stock" ] || mv $scripts/vif-bridge "$stock"
    ln -sf "$ours" $scripts/vif-bridge
fi

# check WHAT COMMAND...: a line of the result; the case goes on either way.
check() {
    local what=$1 output status=0
    shift
    output=$("$@" 2>&1) || status=$?
    if [ $status = 0 ]; then
        echo "ok      ${SECONDS}s $what"
    else
        failures=$((failures + 1))
        echo "not ok  ${SECONDS}s $what: '$*' gave $status"
        [ -z "$output" ] || echo "${output//$'\n'/$'\n'        }" | sed '1s/^/        /'
    fi
    return $status
}

# The last line of a case.
finish() {
    [ $failures = 0 ] && exit 0
    echo "$failures failed"
    exit 1
}

not() { ! "$@"; }

# same EXPECTED COMMAND...: the command prints exactly that.
same() {
    local expected=$1 output
    shift
    output=$("$@" 2>&1)
    [ "$output" = "$expected" ] || { echo "'$output' instead of '$expected'"; return 1; }
}

# eventually SECONDS COMMAND...: succeeds within that time; says what it said last.
eventually() {
    local end=$((SECONDS + $1)) output
    shift
    until output=$("$@" 2>&1); do
        [ $SECONDS -lt $end ] || { echo "$output"; return 1; }
        sleep 1
    done
}

make_bridge() { # NAME [ADDRESS]
    ip link add "$1" type bridge && ip link set "$1" up && [ -z "${2:-}" ] || ip address add "$2" dev "$1"
}

# guest NAME HOST VIF...: writes NAME.cfg here; ethI has the address 10.77.I.(10+HOST) in the guest. A VIF is what xl's vif= takes.
guest() {
    local name=$1 host=$2 vifs
    shift 2
    vifs=$(printf "'%s'," "$@")
    cat > "$name.cfg" << END
name = "$name"
type = "pv"
kernel = "/boot/guest-vmlinux"
ramdisk = "/boot/guest.cpio.gz"
cmdline = "console=hvc0 quiet mitigations=off nokaslr cryptomgr.notests rodata=off initcall_blacklist=crypto_kdf108_init,init_kprobe_trace host=$((10 + host))"
memory = 96
vcpus = 1
vif = [${vifs%,}]
END
}
mac() { echo "00:16:3e:00:0$2:0$1"; } # HOST INDEX

# booted NAME [TIMES]: the guest is ready for "ask" (for the second time, after a reboot).
booted() {
    eventually 120 booted_now "$@"
}
booted_now() {
    [ "$(grep -c 'GUEST READY' "/var/log/xen/guest-$1.log")" -ge "${2:-1}" ] || { tail -3 "/var/log/xen/guest-$1.log"; false; }
}

# ask NAME COMMAND: has the guest's console run it; prints what it prints, returns its status. COMMAND is one line.
ask() { ask_at "$(console_of "$1")" "$@"; }
console_of() { xenstore-read "/local/domain/$(xl domid "$1")/console/tty"; } # NAME
# ask_at CONSOLE NAME COMMAND: the same for a guest that is asked often; to find the console is most of the work.
ask_at() {
    local console=$1 log=/var/log/xen/guest-$2.log command=$3 lines answer text='' end=$((SECONDS + 60)) IFS=
    [ -n "$console" ] || return
    lines=$(wc -l < "$log")
    echo "$command" > "$console"
    # Most answers come at once, and a look costs no process but the pause: so it is shorter than that of "eventually".
    until [[ $text =~ (^|$'\n')DONE\ ([0-9]+)$'\r'?$'\n' ]]; do
        [ $SECONDS -lt $end ] || { echo "$2 does not answer"; return 1; }
        sleep 0.3
        mapfile -s "$lines" answer < "$log"
        text="${answer[*]}"
    done
    tr -d '\r' <<< "${text%$'\n'}" | grep -av ^DONE
    return "${BASH_REMATCH[2]}"
}

backend() { echo "/local/domain/0/backend/vif/$(xl domid "$1")/${2:-0}"; } # NAME [DEVID]
node() { xenstore-read "$(backend "$1" "$2")/$3"; }                         # NAME DEVID KEY
vif() { echo "vif$(xl domid "$1").${2:-0}"; }                              # NAME [DEVID]

master() { # LINK
    basename "$(readlink "/sys/class/net/$1/master")"
}
ports() { # BRIDGE
    ls "/sys/class/net/$1/brif"
}
attribute() { # LINK NAME
    cat "/sys/class/net/$1/$2"
}
ping_guest() { # HOST [INDEX]
    ping -c 1 -W 5 "10.77.${2:-0}.$((10 + $1))"
}

# connected NAME DEVID: netback and the guest have met over this vif.
connected() {
    eventually 60 same 4 node "$1" "$2" state
}

# nothing_left_of DOMID: no link, no node, no record of ours.
nothing_left_of() {
    local left
    left=$(ip -brief link | grep "^vif$1\\."
           xenstore-ls -f /local/domain/0/backend/vif 2> /dev/null | grep "^/local/domain/0/backend/vif/$1/"
           xenstore-ls -f "/local/domain/$1" 2> /dev/null
           xenstore-ls -f "/libxl/$1" 2> /dev/null
           find /run/vifplug -name "*vif$1.*" 2> /dev/null)
    [ -z "$left" ] || { echo "$left"; return 1; }
}

cd "$(mktemp -d)" || exit
