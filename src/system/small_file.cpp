// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/small_file.hpp"

#include "system/unique_fd.hpp"

#include <cerrno>
#include <fcntl.h>
#include <limits>
#include <unistd.h>

namespace vifplug {

namespace {

std::string read_file(const std::string& path, std::size_t longest) {
    constexpr std::size_t piece = 4096;
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    std::string text;
    while (file && text.size() < longest) {
        const std::size_t before = text.size();
        text.resize(before + piece);
        const ssize_t length = read(file.get(), text.data() + before, piece);
        text.resize(before + (length > 0 ? static_cast<std::size_t>(length) : 0));
        if (length == 0 || (length < 0 && errno != EINTR))
            break;
    }
    return text;
}

} // namespace

std::string read_small_file(const std::string& path) {
    constexpr std::size_t small = 65536;
    return read_file(path, small);
}

std::string read_whole_file(const std::string& path) {
    return read_file(path, std::numeric_limits<std::size_t>::max());
}

} // namespace vifplug
