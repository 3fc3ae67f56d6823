// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trace.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <xen/io/xs_wire.h>

namespace vifplug::bench {

namespace {

/// "1234  sendmsg(4, {...}, 0) = 52" without the process, which strace puts first.
std::string_view without_process(std::string_view line) {
    const std::size_t text = line.find_first_not_of("0123456789 ");
    return text == std::string_view::npos ? std::string_view() : line.substr(text);
}

/// "sendmsg", empty for a line that is not the beginning of a system call.
std::string_view name_of_call(std::string_view text) {
    const std::size_t end = text.find('(');
    const auto is_part_of_name = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
    const std::string_view name = end == std::string_view::npos ? std::string_view() : text.substr(0, end);
    return std::all_of(name.begin(), name.end(), is_part_of_name) ? name : std::string_view();
}

void remove_number_after(std::string& text, std::string_view label) {
    const std::size_t at = text.find(label);
    if (at == std::string::npos)
        return;
    const std::size_t begin = at + label.size();
    text.erase(begin, text.find_first_not_of("-0123456789", begin) - begin);
}

std::string netlink_message(std::string_view text) {
    const std::size_t begin = text.find("iov_base=[");
    std::string message(text.substr(begin, text.find(", iov_len") - begin));
    remove_number_after(message, "nlmsg_seq=");
    remove_number_after(message, "nlmsg_pid=");
    return message;
}

/// One byte of a C string, from its front on.
char take_byte(std::string_view& text) {
    const auto take = [&text] {
        const char byte = text.front();
        text.remove_prefix(1);
        return byte;
    };
    const char first = take();
    if (first != '\\' || text.empty())
        return first;
    constexpr std::string_view names = "abtnvfr"; // in the order of their numbers, 7 to 13
    if (const std::size_t name = names.find(text.front()); name != std::string_view::npos) {
        (void)take();
        return static_cast<char>('\a' + static_cast<int>(name));
    }
    int number = -1;
    for (int digits = 0; digits < 3 && !text.empty() && text.front() >= '0' && text.front() <= '7'; ++digits)
        number = std::max(number, 0) * 8 + (take() - '0');
    return number >= 0 ? static_cast<char>(number) : take();
}

/// The bytes between the first and the last quotation mark.
std::string quoted_bytes(std::string_view text) {
    const std::size_t begin = text.find('"');
    const std::size_t end = text.rfind('"');
    std::string bytes;
    if (begin == std::string_view::npos || begin == end)
        return bytes;
    for (std::string_view rest = text.substr(begin + 1, end - begin - 1); !rest.empty();)
        bytes.push_back(take_byte(rest));
    return bytes;
}

std::string name_of_request(unsigned type) {
    switch (type) {
    case XS_READ:
        return "read";
    case XS_WRITE:
        return "write";
    case XS_DIRECTORY:
        return "list";
    case XS_WATCH:
        return "watch";
    default:
        return "other";
    }
}

/// `sent`: all that went to xenstored on one connection.
void read_store_requests(const std::string& sent, Requests& into) {
    xsd_sockmsg header{};
    for (std::size_t at = 0; at + sizeof header <= sent.size(); at += sizeof header + header.len) {
        std::memcpy(&header, sent.data() + at, sizeof header);
        ++into.all_of_store;
        const bool is_transactions_own = header.type == XS_TRANSACTION_START || header.type == XS_TRANSACTION_END ||
                                         (header.type == XS_READ && header.tx_id != 0);
        if (is_transactions_own)
            continue;
        std::string text = sent.substr(at + sizeof header, header.len);
        std::replace(text.begin(), text.end(), '\0', ' ');
        into.store.push_back(name_of_request(header.type) + " " + text);
    }
}

/// The digits of "write(3, ".
std::string_view descriptor_of_write(std::string_view text) {
    const std::string_view rest = text.substr(std::strlen("write("));
    return rest.substr(0, rest.find(','));
}

/// "3" of "connect(3, {sa_family=AF_UNIX, sun_path="/run/store/socket"}, 110) = 0"
std::optional<std::string> descriptor_of_store(std::string_view text) {
    if (!text.starts_with("connect(") || text.find("/socket\"") == std::string_view::npos)
        return std::nullopt;
    const std::string_view rest = text.substr(std::strlen("connect("));
    return std::string(rest.substr(0, rest.find(',')));
}

} // namespace

Trace& Trace::operator+=(const Trace& other) {
    const auto append = [](auto& to, const auto& more) { to.insert(to.end(), more.begin(), more.end()); };
    processes += other.processes;
    execs += other.execs;
    system_calls += other.system_calls;
    append(requests.netlink, other.requests.netlink);
    append(requests.store, other.requests.store);
    requests.all_of_store += other.requests.all_of_store;
    return *this;
}

std::vector<std::string> traced(const std::vector<std::string>& command, const std::string& file) {
    std::vector<std::string> words{"/usr/bin/strace", "-f", "-s", "256", "-o", file};
    words.insert(words.end(), command.begin(), command.end());
    return words;
}

Trace read_trace(const std::string& file) {
    std::ifstream lines(file);
    Trace trace;
    std::map<std::string, std::string, std::less<>> sent_to_store; // by descriptor
    for (std::string line; std::getline(lines, line);) {
        const std::string_view text = without_process(line);
        const std::string_view call = name_of_call(text);
        if (text.starts_with("+++ exited") || text.starts_with("+++ killed"))
            ++trace.processes;
        if (call.empty())
            continue;
        ++trace.system_calls;
        if (call == "execve")
            ++trace.execs;
        else if (call == "sendmsg" && text.find("AF_NETLINK") != std::string_view::npos)
            trace.requests.netlink.push_back(netlink_message(text));
        else if (const auto descriptor = descriptor_of_store(text))
            sent_to_store[*descriptor];
        else if (call == "write")
            if (const auto sent = sent_to_store.find(descriptor_of_write(text)); sent != sent_to_store.end())
                sent->second += quoted_bytes(text);
    }
    if (trace.processes == 0)
        throw std::runtime_error("strace saw nothing; may it trace here?");
    for (const auto& [descriptor, sent] : sent_to_store)
        read_store_requests(sent, trace.requests);
    return trace;
}

std::string difference(const std::vector<std::string>& ours, const std::vector<std::string>& floor) {
    const auto [our, floors] = std::mismatch(ours.begin(), ours.end(), floor.begin(), floor.end());
    if (our == ours.end() && floors == floor.end())
        return "";
    const auto text = [](auto at, auto end) { return at == end ? std::string("nothing more") : *at; };
    return "ours sends\n    " + text(our, ours.end()) + "\n  where the floor sends\n    " + text(floors, floor.end());
}

} // namespace vifplug::bench
