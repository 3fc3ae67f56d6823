// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/store_watch.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <cerrno>
#include <cstdlib>

extern "C" { // the header does not say so itself
#include <xenstore.h>
}

namespace vifplug {

namespace {

constexpr const char* token = "vifs";
constexpr int attempts = 20;

struct Free {
    void operator()(char** text) const noexcept { std::free(text); }
};

} // namespace

/// On the kernel's device the first event can come before the answer, and then the library says EINVAL: it takes what
/// comes first for the answer.
StoreWatch::StoreWatch(const std::string& path, Deadline&) {
    for (int attempt = 0; attempt < attempts; ++attempt) {
        connection_ = open_xenstore(0);
        const Deadline::DescriptorAtRisk at_risk(connection_.descriptor);
        if (connection_.handle && xs_watch(connection_.handle.get(), path.c_str(), token))
            return;
        if (errno != EINVAL)
            break;
    }
    throw Error("watch " + printable(path) + " in xenstore", system_code(Deadline::has_passed() ? ETIMEDOUT : errno));
}

std::optional<std::string> StoreWatch::next() {
    const std::unique_ptr<char*[], Free> event(xs_check_watch(connection_.handle.get()));
    if (event)
        return std::string(event[XS_WATCH_PATH]);
    if (errno == EAGAIN)
        return std::nullopt;
    throw Error("read a xenstore watch", system_code(errno));
}

} // namespace vifplug
