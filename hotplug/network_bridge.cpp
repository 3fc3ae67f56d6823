// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/uplink_main.hpp"

int main(int argc, char** argv) {
    return vifplug::uplink_main(argc, argv,
                                {.name = "network-bridge",
                                 .help = R"(usage: network-bridge start|stop|status|recover|confirm [KEY=VALUE ...]

Puts the host's NIC on a bridge for guests, without losing the host: renames
eth0 to peth0, makes bridge xenbr0, and moves MAC address, IP addresses and
routes. stop gives everything back.

  netdev=NAME           the NIC; default: that of the default route
  bridge=NAME           default: xenbrN, or the NIC's name (topology=bridge)
  vifnum=N              the N of xenbrN and vif0.N
  topology=veth|bridge  who holds the addresses: a veth, or the bridge
  mtu=BYTES             of NIC, bridge and veth; default: the NIC's
  vlan_filtering=yes    the bridge keeps VLANs apart; default: as it is
  vlans=auto|LIST       those of the NIC, as in 1p/20-30; default: the guests'
  verify=SECONDS        time for gateways to answer after the move (5; 0: off)
  confirm=SECONDS       take all back then, unless "confirm" is typed before
  firewall=ignore       go on in spite of rules bound to the NIC by number

  --dry-run  print the steps, one a line, and change nothing
  --json     status as JSON
  --help     print this
  --version  print the version

network-bridge(8) has the rest.
)",
                                 .parse = vifplug::parse_uplink_call,
                                 .about_nothing = {}});
}
