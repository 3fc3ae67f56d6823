// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/hotplug_main.hpp"

int main(int argc, char** argv) {
    return vifplug::hotplug_main(
        argc, argv,
        {.name = "vif-bridge",
         .help = R"(usage: vif-bridge [--dry-run] online|offline|add|remove [type_if=vif|tap] [VAR=VALUE ...]

Puts a Xen guest's network interface on its bridge (online; add for the tap of
an emulated NIC), or takes it off (offline; remove). Called by libxl; by hand:

  vif-bridge --dry-run online vif=vif7.0 XENBUS_PATH=backend/vif/7/0

  --dry-run  print the steps, one a line, and change nothing
  --help     print this
  --version  print the version

vif-bridge(8) has the rest.
)"});
}
