// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/store_connection.hpp"

#include "core/error.hpp"

#include <cerrno>

namespace vifplug {

void StoreConnection::open(const std::string& path, Deadline& deadline) {
    close();
    try {
        store_.emplace(deadline);
        watch_.emplace(path, deadline);
    } catch (const Error&) {
        close();
        throw;
    }
}

void StoreConnection::close() {
    watch_.reset();
    store_.reset();
}

bool StoreConnection::is_open() const {
    return store_ && store_->is_connected();
}

bool StoreConnection::has_failed() const {
    return !store_ || store_->has_failed();
}

Xenstore& StoreConnection::store() {
    if (!store_)
        throw Error("ask xenstore", system_code(ENOTCONN));
    return *store_;
}

std::optional<std::string> StoreConnection::read(const std::string& path) {
    return store().read(path);
}

std::optional<std::vector<std::string>> StoreConnection::list(const std::string& directory) {
    return store().list(directory);
}

Store::Changed StoreConnection::change_below(const std::string& directory, const std::vector<NodeChange>& changes,
                                             const std::vector<NodeValue>& expected) {
    return store().change_below(directory, changes, expected);
}

} // namespace vifplug
