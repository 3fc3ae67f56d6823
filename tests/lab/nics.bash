# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For cases about the machine's own network; sourced after cases.bash. The machine has three NICs on one wire, called
# here by their models: e1000, pcnet, virtio. One or two are made the host's, and one that of a remote host, which is
# the network namespace "remote". pcnet cannot change its MAC while it is up.

# shellcheck disable=SC2034  # for the cases
network_bridge=/usr/libexec/vifplug/network-bridge

nic_mac() { # MODEL
    case $1 in
    e1000) echo 52:54:00:00:00:01 ;;
    pcnet) echo 52:54:00:00:00:02 ;;
    virtio) echo 52:54:00:00:00:03 ;;
    esac
}

# The link with the NIC's MAC that no other link has taken it from: a NIC is a PCI device.
nic_link() { # MODEL
    local link
    for link in /sys/class/net/*; do
        [ -e "$link/device" ] && [ "$(cat "$link/address")" = "$(nic_mac "$1")" ] && basename "$link" && return
    done
    echo "there is no $1"
    return 1
}

# load_nics: each has the name of its model, and is down.
load_nics() {
    local model link
    modprobe -a e1000 pcnet32 virtio_net
    [ ! -e /run/udev/control ] || udevadm settle
    for model in e1000 pcnet virtio; do
        eventually 20 nic_link $model || exit 1
        link=$(nic_link $model)
        ip link set "$link" down
        [ "$link" = $model ] || ip link set "$link" name $model || exit 1
    done > /dev/null
}

# remote_host MODEL ADDRESS...: somebody on the wire who is not this machine.
remote_host() {
    local address
    ip netns add remote
    ip link set "$1" netns remote
    ip -n remote link set "$1" name wire0
    ip -n remote link set lo up
    ip -n remote link set wire0 up
    for address in "${@:2}"; do remote_address "$address"; done
}
remote_address() { add_address "$1" wire0 -n remote; }
add_address() { # ADDRESS LINK [OPTION OF ip...]
    local options=()
    [[ $1 != *:* ]] || options=(nodad)
    ip "${@:3}" address add "$1" dev "$2" "${options[@]}"
}
remote() { ip netns exec remote "$@"; }

# host_nic MODEL NAME ADDRESS...: that NIC is the host's, up, with a carrier.
host_nic() {
    local address
    ip link set "$1" down
    ip link set "$1" name "$2"
    ip link set "$2" up
    for address in "${@:3}"; do add_address "$address" "$2"; done
    eventually 20 same 1 attribute "$2" carrier
    eventually 20 has_address_of_link "$2"
}

# has_address_of_link LINK: it comes a moment after the carrier, and is there to stay a second later.
has_address_of_link() { ip -o -6 address show dev "$1" scope link -tentative | grep -q fe80; }

# reaches ADDRESS: waits until a NIC that was down has its carrier again.
reaches() { eventually 20 ping -n -c 1 -W 2 "$1"; }
remote_reaches() { eventually 20 remote ping -n -c 1 -W 2 "$1"; }

# All of the host's network, as ip prints it, without the seconds that addresses have left.
network() {
    ip address show | sed 's/valid_lft [0-9]*sec preferred_lft [0-9]*sec/valid_lft limited/'
    ip -4 route show table all
    ip -6 route show table all
    ip rule show
    ip neighbour show nud permanent
}

# as_before FILE: the network is what network printed into that file.
as_before() { eventually 10 eval "network | diff $1 -"; }
