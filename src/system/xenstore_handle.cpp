// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/xenstore_handle.hpp"

#include "core/error.hpp"
#include "core/xenstore_way.hpp"
#include "system/deadline.hpp"
#include "system/small_file.hpp"
#include "system/unique_fd.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

extern "C" { // the headers do not say so themselves
#include <xenstore.h>
#include <xenstore_lib.h>
}

namespace vifplug {

namespace {

constexpr std::chrono::milliseconds first_answer{1000};

/// The number that the next descriptor will have (POSIX: the lowest one free).
int next_descriptor() {
    const int next = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    if (next >= 0)
        close(next);
    return next;
}

/// Why the socket cannot be connected to: libxenstore looks at other files afterwards, and loses the reason.
std::error_code why_not_connected() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, xs_daemon_socket(), sizeof address.sun_path - 1);
    const UniqueFd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (Deadline::has_passed() ||
        ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return system_code(ETIMEDOUT);
    return system_code(errno);
}

bool is_socket(int descriptor) {
    struct stat file {};
    return fstat(descriptor, &file) == 0 && S_ISSOCK(file.st_mode);
}

DomainSigns domain_signs() {
    return {.capabilities = read_small_file("/proc/xen/capabilities"),
            .features = read_small_file("/sys/hypervisor/properties/features"),
            .store_owner = read_small_file("/run/xen/xenstored.pid")};
}

/// Asks the device that is open on another descriptor of its own: libxenstore would wait for the answer for ever, and
/// an answer that comes late must not be what it takes for that to its next question.
bool answers(int device) {
    const UniqueFd other(open(("/proc/self/fd/" + std::to_string(device)).c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    constexpr const char path[] = "domid"; // which every domain may read
    const xsd_sockmsg header{.type = XS_READ, .req_id = 0, .tx_id = 0, .len = sizeof path};
    std::array<char, sizeof header + sizeof path> question{};
    std::memcpy(question.data(), &header, sizeof header);
    std::memcpy(question.data() + sizeof header, path, sizeof path);
    if (write(other.get(), question.data(), question.size()) != static_cast<ssize_t>(question.size()))
        return false;
    pollfd answer{.fd = other.get(), .events = POLLIN, .revents = 0};
    return poll(&answer, 1, static_cast<int>(first_answer.count())) == 1 && (answer.revents & POLLIN) != 0;
}

} // namespace

void XenstoreHandle::Close::operator()(xs_handle* handle) const noexcept {
    xs_close(handle);
}

XenstoreHandle open_xenstore() {
    XenstoreHandle opened;
    opened.descriptor = next_descriptor();
    opened.handle.reset(xs_open(0)); // the flag that would forbid it the device is ignored by newer libraries
    if (opened.handle && is_socket(opened.descriptor))
        return opened;
    const std::error_code reason = why_not_connected();
    const std::string tried = std::string("connect to xenstored at ") + xs_daemon_socket();
    if (!opened.handle || !may_use_device(domain_signs()))
        throw Error(tried, reason);
    if (!answers(opened.descriptor))
        throw Error(tried, reason, "and the kernel's device gives no answer");
    return opened;
}

} // namespace vifplug
