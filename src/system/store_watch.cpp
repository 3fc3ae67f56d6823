// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/store_watch.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <thread>

extern "C" { // the header does not say so itself
#include <xenstore.h>
}

namespace vifplug {

namespace {

constexpr const char* token = "vifs";
constexpr std::chrono::milliseconds pause{10};

struct Free {
    void operator()(char** text) const noexcept { std::free(text); }
};

} // namespace

/// On the kernel's device the first event can come before the answer, and then the library says EINVAL: it takes what
/// comes first for the answer. Who asks again at once mostly hears the same again, who waits a little less often.
StoreWatch::StoreWatch(const std::string& path, Deadline&) {
    for (;;) {
        connection_ = open_xenstore();
        const Deadline::DescriptorAtRisk at_risk(connection_.descriptor);
        if (xs_watch(connection_.handle.get(), path.c_str(), token))
            return;
        const int error = Deadline::has_passed() ? ETIMEDOUT : errno;
        if (error != EINVAL)
            throw Error("watch " + printable(path) + " in xenstore", system_code(error));
        std::this_thread::sleep_for(pause);
    }
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
