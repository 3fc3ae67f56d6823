// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/xenstore.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <poll.h>

extern "C" { // the header does not say so itself
#include <xenstore.h>
}

namespace vifplug {

namespace {

constexpr int commit_attempts = 50;

struct Free {
    void operator()(void* bytes) const noexcept { std::free(bytes); }
};
using Bytes = std::unique_ptr<void, Free>;

} // namespace

Xenstore::Xenstore(Deadline&) : connection_(open_xenstore()) {}

/// errno of the libxenstore call that just failed. Where the deadline cut the connection libxenstore says EBADF or
/// EPIPE, depending on where it was.
std::error_code Xenstore::code_of_failure() {
    const int failed = errno;
    is_broken_ = !is_connected();
    return system_code(Deadline::has_passed() ? ETIMEDOUT : failed);
}

std::optional<std::string> Xenstore::read_in(std::uint32_t transaction, const std::string& path) {
    const Deadline::DescriptorAtRisk at_risk(connection_.descriptor);
    unsigned length = 0;
    const Bytes bytes(xs_read(connection_.handle.get(), transaction, path.c_str(), &length));
    if (bytes)
        return std::string(static_cast<const char*>(bytes.get()), length);
    if (errno == ENOENT)
        return std::nullopt;
    throw Error("read " + printable(path) + " in xenstore", code_of_failure());
}

std::optional<std::string> Xenstore::read(const std::string& path) {
    return read_in(XBT_NULL, path);
}

std::optional<std::vector<std::string>> Xenstore::list(const std::string& directory) {
    return list_in(XBT_NULL, directory);
}

bool Xenstore::is_connected() const {
    pollfd end{.fd = connection_.descriptor, .events = POLLRDHUP, .revents = 0};
    if (is_broken_)
        return false;
    return poll(&end, 1, 0) == 0 || (end.revents & (POLLHUP | POLLRDHUP | POLLNVAL)) == 0;
}

std::optional<std::vector<std::string>> Xenstore::list_in(std::uint32_t transaction, const std::string& directory) {
    const Deadline::DescriptorAtRisk at_risk(connection_.descriptor);
    unsigned count = 0;
    const std::unique_ptr<char*[], Free> names(
        xs_directory(connection_.handle.get(), transaction, directory.c_str(), &count));
    if (names)
        return std::vector<std::string>(names.get(), names.get() + count);
    if (errno == ENOENT)
        return std::nullopt;
    throw Error("list " + printable(directory) + " in xenstore", code_of_failure());
}

std::vector<std::string> Xenstore::make_all(std::uint32_t transaction, const std::vector<NodeChange>& changes) {
    const Deadline::DescriptorAtRisk at_risk(connection_.descriptor);
    std::vector<std::string> refused;
    const auto is_there = [&](const std::string& path) { return read_in(transaction, path).has_value(); };
    for (const NodeChange& change : changes) {
        if (change.unless_gone && is_gone(*change.unless_gone, is_there))
            continue;
        if (change.only_when_empty && !list_in(transaction, change.path).value_or(std::vector<std::string>()).empty())
            continue;
        const bool made = change.value
                              ? xs_write(connection_.handle.get(), transaction, change.path.c_str(),
                                         change.value->data(), static_cast<unsigned>(change.value->size()))
                              : (xs_rm(connection_.handle.get(), transaction, change.path.c_str()) || errno == ENOENT);
        if (made)
            continue;
        const Error error(describe(change) + " in xenstore", code_of_failure());
        if (!change.may_be_refused || Deadline::has_passed())
            throw Error(error);
        refused.emplace_back(error.what());
    }
    return refused;
}

Store::Changed Xenstore::change_below(const std::string& directory, const std::vector<NodeChange>& changes,
                                      const std::vector<NodeValue>& expected) {
    for (int attempt = 0; attempt < commit_attempts; ++attempt) {
        const Deadline::DescriptorAtRisk at_risk(connection_.descriptor);
        const std::uint32_t transaction = xs_transaction_start(connection_.handle.get());
        if (transaction == XBT_NULL)
            throw Error("start a xenstore transaction", code_of_failure());
        Changed changed;
        try {
            changed.directory_was_there = read_in(transaction, directory).has_value();
            changed.was_as_expected = std::all_of(expected.begin(), expected.end(), [&](const NodeValue& node) {
                return read_in(transaction, node.path) == node.value;
            });
            if (changed.directory_was_there && changed.was_as_expected)
                changed.refused = make_all(transaction, changes);
        } catch (...) {
            (void)xs_transaction_end(connection_.handle.get(), transaction,
                                     true); // the first failure is the one worth telling
            throw;
        }
        const bool abandon = !changed.directory_was_there || !changed.was_as_expected;
        if (xs_transaction_end(connection_.handle.get(), transaction, abandon) || abandon)
            return changed;
        if (errno != EAGAIN) // EAGAIN: somebody else changed one of the nodes meanwhile
            throw Error("commit a xenstore transaction", code_of_failure());
    }
    throw Error("commit a xenstore transaction", system_code(EAGAIN));
}

} // namespace vifplug
