// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/interface_settings.hpp"

#include "system/small_file.hpp"
#include "system/unique_fd.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <net/if.h>
#include <vector>

namespace vifplug {

namespace {

struct CloseDirectory {
    void operator()(DIR* directory) const { closedir(directory); }
};

std::vector<std::string> files_in(const std::string& path) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, CloseDirectory> directory(opendir(path.c_str()));
    if (!directory)
        return names;
    while (const dirent* entry = readdir(directory.get()))
        if (entry->d_name[0] != '.')
            names.emplace_back(entry->d_name);
    return names;
}

void write_to(const std::string& path, const std::string& value) {
    const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    // Some may be read and not written (mc_forwarding), and a value the netdev already has is refused by others.
    if (file)
        (void)!write(file.get(), value.data(), value.size());
}

/// Those that say the same under another name, or belong to how the netdev is made.
bool is_left_out(const std::string& name) {
    return name == "mtu" || name == "addr_gen_mode" || name == "stable_secret" || name == "mc_forwarding" ||
           name == "base_reachable_time" || name == "retrans_time"; // the _ms ones say it exactly
}

void copy_below(const std::string& from, const std::string& to) {
    for (const std::string& name : files_in(from)) {
        if (is_left_out(name))
            continue;
        const std::string value = read_small_file(from + name);
        if (!value.empty() && read_small_file(to + name) != value)
            write_to(to + name, value);
    }
}

} // namespace

void copy_sysctls(const std::string& from, const std::string& to) {
    for (const std::string family : {"ipv4", "ipv6"})
        for (const std::string sort : {"conf", "neigh"}) {
            const std::string base = "/proc/sys/net/" + family + "/" + sort + "/";
            copy_below(base + from + "/", base + to + "/");
        }
}

/// The file belongs to the netdev that has the name while it is opened, and goes with that name: if it is still the
/// netdev's afterwards, what is written reaches that one or none.
bool set_ipv6(int index, const std::string& name, bool on) {
    if (name == "all" || name == "default") // no netdev's; old kernels let one be called so
        return false;
    const UniqueFd file(open(("/proc/sys/net/ipv6/conf/" + name + "/disable_ipv6").c_str(), O_WRONLY | O_CLOEXEC));
    if (!file || if_nametoindex(name.c_str()) != static_cast<unsigned>(index))
        return false;
    const char value = on ? '0' : '1';
    return write(file.get(), &value, 1) == 1;
}

} // namespace vifplug
