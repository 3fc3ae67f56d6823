// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store_client.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

extern "C" { // which the header leaves to us
#include <xenstore.h>
}

namespace vifplug::bench {

namespace {

// One watch for both, since events of one come in the order of what happened; and only one: libxenstore as it is linked
// here cannot ask for another while an event waits.
constexpr const char* watched = "/local/domain/0/backend";
constexpr const char* marker = "/local/domain/0/backend/bench-marker";
constexpr int patience_ms = 30'000;

void require(bool done, const std::string& tried) {
    if (!done)
        throw std::system_error(errno, std::generic_category(), tried + " in xenstore");
}

StoreHandle open_store() {
    StoreHandle store(xs_open(XS_OPEN_SOCKETONLY));
    if (!store)
        throw std::runtime_error("there is no xenstore here: use the command tests/bench/vifplugd");
    return store;
}

} // namespace

void CloseStore::operator()(xs_handle* handle) const noexcept {
    xs_close(handle);
}

StoreClient::StoreClient() : store_(open_store()) {}

void StoreClient::write(const std::string& path, std::string_view value) {
    require(xs_write(store_.get(), transaction_, path.c_str(), value.data(), static_cast<unsigned>(value.size())),
            "write " + path);
}

void StoreClient::remove(const std::string& path) {
    require(xs_rm(store_.get(), transaction_, path.c_str()) || errno == ENOENT, "remove " + path);
}

std::string StoreClient::read(const std::string& path) {
    unsigned length = 0;
    const std::unique_ptr<void, decltype(&std::free)> value(xs_read(store_.get(), transaction_, path.c_str(), &length),
                                                            &std::free);
    return value ? std::string(static_cast<const char*>(value.get()), length) : "";
}

void StoreClient::transaction(const std::function<void()>& what) {
    bool is_done = false;
    while (!is_done) {
        transaction_ = xs_transaction_start(store_.get());
        require(transaction_ != XBT_NULL, "start a transaction");
        what();
        is_done = xs_transaction_end(store_.get(), transaction_, false);
        transaction_ = XBT_NULL;
        require(is_done || errno == EAGAIN, "end a transaction");
    }
}

namespace {

/// libxenstore, linked as here, does not tell which one it uses: it will be the lowest one that is free (POSIX).
int next_descriptor() {
    const int next = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    close(next);
    return next;
}

} // namespace

StatusWatch::StatusWatch(StoreClient& client) : client_(client), descriptor_(next_descriptor()), watch_(open_store()) {
    require(xs_watch(watch_.get(), watched, "vifs"), "watch");
    forget();
}

bool StatusWatch::take() {
    const std::unique_ptr<char*[], decltype(&std::free)> event(xs_check_watch(watch_.get()), &std::free);
    require(event != nullptr || errno == EAGAIN, "read a watch");
    if (!event)
        return false;
    last_ = event[XS_WATCH_PATH];
    if (last_.ends_with("/hotplug-status"))
        seen_.insert(last_);
    return true;
}

void StatusWatch::wait() {
    pollfd readable{.fd = descriptor_, .events = POLLIN, .revents = 0};
    if (poll(&readable, 1, patience_ms) != 1)
        throw std::runtime_error("nothing happens any more, and not all vifs are connected");
}

/// What was written before.
void StatusWatch::forget() {
    client_.write(marker, "");
    while (last_ != marker)
        if (!take())
            wait();
    seen_.clear();
}

void StatusWatch::hear() {
    while (take())
        ;
}

void StatusWatch::await(std::size_t count) {
    while (seen_.size() < count)
        if (!take())
            wait();
    seen_.clear();
}

} // namespace vifplug::bench
