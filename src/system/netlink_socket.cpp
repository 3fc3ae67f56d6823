// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/netlink_socket.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <linux/netlink.h>
#include <netlink/errno.h>
#include <netlink/handlers.h>
#include <sys/socket.h>

namespace vifplug {

namespace {

// The kernel writes at most 32 KiB at once; knowing it spares a look at the size before every read.
constexpr std::size_t receive_buffer = 32768;
constexpr int dump_attempts = 5;
// Each answer takes some hundred bytes of the kernel's memory, however short it is; libnl asks for 32 KiB in all.
constexpr int waiting_answers = 4 << 20;

/// What is left of libnl's own failures once the kernel's are told apart: none has an errno worth more than this.
std::error_code code_of_libnl(int nl_error) {
    return system_code(nl_error == -NLE_NOMEM ? ENOMEM : EIO);
}

/// The kernel's sentence in an extended acknowledgement (NETLINK_EXT_ACK), empty when there is none.
std::string detail_of(const nlmsgerr& error) {
    const auto* header = reinterpret_cast<const nlmsghdr*>(reinterpret_cast<const char*>(&error) - NLMSG_HDRLEN);
    if ((header->nlmsg_flags & NLM_F_ACK_TLVS) == 0)
        return "";
    // The refused request is quoted whole unless the kernel capped it; the attributes follow.
    const std::size_t quoted_length =
        (header->nlmsg_flags & NLM_F_CAPPED) != 0 ? sizeof(nlmsghdr) : NLMSG_ALIGN(error.msg.nlmsg_len);
    const std::size_t offset = sizeof(int) + quoted_length;
    const std::size_t payload = header->nlmsg_len - NLMSG_HDRLEN;
    if (offset >= payload)
        return "";
    const auto* attributes = reinterpret_cast<const nlattr*>(reinterpret_cast<const char*>(&error) + offset);
    const nlattr* text = nla_find(attributes, static_cast<int>(payload - offset), NLMSGERR_ATTR_MSG);
    return text == nullptr ? "" : std::string(nla_get_string(text));
}

void set_option(int socket, int option) {
    const int on = 1;
    // Older kernels know neither: then there is no detail text, and lists are filtered by whoever reads them.
    (void)setsockopt(socket, SOL_NETLINK, option, &on, sizeof on);
}

} // namespace

NetlinkSocket::NetlinkSocket(int protocol) : socket_(nl_socket_alloc()) {
    if (!socket_)
        throw std::bad_alloc();
    nl_socket_disable_auto_ack(socket_.get());
    nl_socket_disable_msg_peek(socket_.get());
    if (const int failed = nl_connect(socket_.get(), protocol); failed < 0)
        throw Error("open a netlink socket", errno != 0 ? system_code(errno) : code_of_libnl(failed));
    set_option(nl_socket_get_fd(socket_.get()), NETLINK_EXT_ACK);
    set_option(nl_socket_get_fd(socket_.get()), NETLINK_GET_STRICT_CHK);
    set_option(nl_socket_get_fd(socket_.get()), NETLINK_CAP_ACK);
    // Without the privilege less is granted, which is enough for all that can be done without it.
    (void)setsockopt(nl_socket_get_fd(socket_.get()), SOL_SOCKET, SO_RCVBUFFORCE, &waiting_answers,
                     sizeof waiting_answers);
    if (nl_socket_set_msg_buf_size(socket_.get(), receive_buffer) < 0 ||
        nl_socket_modify_err_cb(socket_.get(), NL_CB_CUSTOM, take_refusal, &refusal_) < 0 ||
        nl_socket_modify_cb(socket_.get(), NL_CB_FINISH, NL_CB_CUSTOM, take_end, &refusal_) < 0)
        throw Error("set up a netlink socket", system_code(EINVAL));
}

int NetlinkSocket::take_refusal(sockaddr_nl*, nlmsgerr* error, void* refusal) {
    auto& into = *static_cast<Refusal*>(refusal);
    into.errno_value = -error->error; // the kernel's errors are negative (netlink(7))
    into.detail = detail_of(*error);
    return NL_STOP;
}

/// A list that the kernel could not make ends with an error in its last message, which libnl does not look at.
int NetlinkSocket::take_end(nl_msg* message, void* refusal) {
    const nlmsghdr* header = nlmsg_hdr(message);
    const auto* error = static_cast<const int*>(nlmsg_data(header));
    if (nlmsg_datalen(header) >= static_cast<int>(sizeof *error) && *error < 0)
        static_cast<Refusal*>(refusal)->errno_value = -*error;
    return NL_OK;
}

int NetlinkSocket::pass_on(nl_msg* message, void* on_message) {
    (*static_cast<const OnMessage*>(on_message))(*nlmsg_hdr(message));
    return NL_OK;
}

void NetlinkSocket::send(NetlinkMessage message, const std::string& tried) {
    errno = 0;
    if (const int sent = nl_send_auto(socket_.get(), message.get()); sent < 0)
        throw Error(tried, errno != 0 ? system_code(errno) : code_of_libnl(sent));
}

/// Gives libnl's verdict when the kernel did not refuse.
int NetlinkSocket::receive(const std::string& tried, const OnMessage& on_message) {
    struct Passed {
        const OnMessage& on_message;
        std::exception_ptr failure;
    } passed{on_message, nullptr};
    // libnl is C: an exception must not travel through it.
    const OnMessage guarded = [&passed](const nlmsghdr& header) {
        try {
            if (!passed.failure)
                passed.on_message(header);
        } catch (...) {
            passed.failure = std::current_exception();
        }
    };
    refusal_ = {};
    nl_socket_modify_cb(socket_.get(), NL_CB_VALID, NL_CB_CUSTOM, pass_on, const_cast<OnMessage*>(&guarded));
    const int received = nl_recvmsgs_default(socket_.get());
    if (refusal_.errno_value != 0)
        throw Error(tried, system_code(refusal_.errno_value), refusal_.detail);
    if (passed.failure)
        std::rethrow_exception(passed.failure);
    return received;
}

void NetlinkSocket::change(NetlinkMessage message, const std::string& tried) {
    nlmsg_hdr(message.get())->nlmsg_flags |= NLM_F_ACK;
    ask(std::move(message), tried, [](const nlmsghdr&) {});
}

// libnl sends one message at a time, and a thousand routes take a thousand system calls then, each of them a moment
// without a route. So these go out together. Only the last of a write is acknowledged: an answer to each would
// overrun the socket's buffer.
std::vector<NetlinkSocket::Refused> NetlinkSocket::change_all(std::vector<NetlinkMessage> messages,
                                                              const std::string& tried) {
    constexpr std::size_t enough_for_a_write = 8192;
    std::vector<Refused> refused;
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        nlmsghdr* header = nlmsg_hdr(messages[i].get());
        const bool last = i + 1 == messages.size() || bytes.size() + header->nlmsg_len > enough_for_a_write;
        header->nlmsg_seq = first_number_ + static_cast<std::uint32_t>(i);
        header->nlmsg_flags = static_cast<std::uint16_t>(header->nlmsg_flags | (last ? NLM_F_ACK : 0));
        const auto* start = reinterpret_cast<const std::uint8_t*>(header);
        bytes.insert(bytes.end(), start, start + header->nlmsg_len);
        bytes.resize(NLMSG_ALIGN(bytes.size()));
        if (last) {
            send_bytes(bytes, tried);
            receive_refusals(first_number_ + static_cast<std::uint32_t>(i), refused, tried);
            bytes.clear();
        }
    }
    first_number_ += static_cast<std::uint32_t>(messages.size());
    return refused;
}

void NetlinkSocket::send_bytes(const std::vector<std::uint8_t>& bytes, const std::string& tried) {
    while (::send(nl_socket_get_fd(socket_.get()), bytes.data(), bytes.size(), 0) < 0)
        if (errno != EINTR)
            throw Error(tried, system_code(errno));
}

/// Reads answers up to that to the message numbered `last`.
void NetlinkSocket::receive_refusals(std::uint32_t last, std::vector<Refused>& refused, const std::string& tried) {
    std::vector<std::uint8_t> buffer(receive_buffer);
    int overrun = 0;
    while (true) {
        const ssize_t got = ::recv(nl_socket_get_fd(socket_.get()), buffer.data(), buffer.size(), overrun);
        // After an overrun the answers that are left still come, the last one among them: it was the last to be queued,
        // or it was lost, and then there is none to wait for.
        if (got < 0 && errno == ENOBUFS)
            overrun = MSG_DONTWAIT;
        else if (got < 0 && errno == EAGAIN && overrun != 0)
            return;
        else if (got < 0 && errno != EINTR)
            throw Error(tried, system_code(errno));
        auto left = static_cast<int>(std::max<ssize_t>(got, 0));
        for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); nlmsg_ok(header, left);
             header = nlmsg_next(header, &left)) {
            if (header->nlmsg_type != NLMSG_ERROR || header->nlmsg_seq < first_number_)
                continue;
            const auto& answer = *static_cast<const nlmsgerr*>(nlmsg_data(header));
            if (answer.error != 0)
                refused.push_back({header->nlmsg_seq - first_number_, system_code(-answer.error), detail_of(answer)});
            if (header->nlmsg_seq == last)
                return;
        }
    }
}

void NetlinkSocket::ask(NetlinkMessage message, const std::string& tried, const OnMessage& on_message) {
    send(std::move(message), tried);
    if (const int received = receive(tried, on_message); received < 0)
        throw Error(tried, code_of_libnl(received), nl_geterror(received));
}

void NetlinkSocket::dump(const std::function<NetlinkMessage()>& question, const std::string& tried,
                         const std::function<void()>& start_over, const OnMessage& on_message) {
    for (int attempt = 0; attempt < dump_attempts; ++attempt) {
        start_over();
        send(question(), tried);
        const int received = receive(tried, on_message);
        if (received >= 0)
            return;
        if (received != -NLE_DUMP_INTR)
            throw Error(tried, code_of_libnl(received), nl_geterror(received));
    }
    throw Error(tried, system_code(EAGAIN), "the list kept changing while it was read");
}

} // namespace vifplug
