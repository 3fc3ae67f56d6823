// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/only_one.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "system/small_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sys/file.h>
#include <unistd.h>

namespace vifplug {

OnlyOne::OnlyOne(const std::string& path, const std::string& program)
    : file_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    if (!file_)
        throw Error("open " + path, system_code(errno));
    if (flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            throw Error("lock " + path, system_code(errno));
        const std::string holder = read_small_file(path);
        const auto found = words(holder);
        const auto process = found.empty() ? std::nullopt : parse_decimal(found.front());
        throw BadInput("another " + program + " is at work here" +
                       (process ? ", process " + std::to_string(*process) : "") +
                       ": one is enough, and two would meet");
    }
    const std::string text = std::to_string(getpid()) + "\n";
    if (ftruncate(file_.get(), 0) != 0 || write(file_.get(), text.data(), text.size()) < 0)
        throw Error("write " + path, system_code(errno));
}

} // namespace vifplug
