// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/uplink_main.hpp"
#include "system/config_file.hpp"

namespace {

/// Without netdev= the configuration file says which NICs are meant.
vifplug::UplinkCall parse(std::span<const std::string_view> words, const vifplug::Environment& environment) {
    vifplug::UplinkCall call = vifplug::parse_uplink_wrapper_call(words, environment);
    if (call.requests.empty())
        call.requests = vifplug::read_configuration(vifplug::config_path(environment)).bridges;
    return call;
}

std::string about_nothing(const vifplug::Environment& environment) {
    return "there is no [[bridge]] in " + vifplug::config_path(environment) + ": nothing to do";
}

} // namespace

int main(int argc, char** argv) {
    return vifplug::uplink_main(
        argc, argv,
        {.name = "network-bridge-wrapper",
         .help = R"(usage: network-bridge-wrapper start|stop|status|recover|confirm [KEY=VALUE ...]

network-bridge for several NICs, all of them or none. Which, is said by

  netdev=NAME,NAME...  and, in the same order, bridge=NAME,NAME... and
                       vifnum=N,N...

or, without netdev=, by the [[bridge]] tables of /etc/xen/vifplug.toml.
All other keys and options are those of network-bridge.

network-bridge-wrapper(8) has the rest.
)",
         .parse = parse,
         .about_nothing = about_nothing});
}
