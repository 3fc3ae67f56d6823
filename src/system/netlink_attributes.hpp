// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/error.hpp"
#include "system/netlink_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <new>
#include <string>

namespace vifplug {

inline void put(const NetlinkMessage& message, int type, const void* data, std::size_t size) {
    if (nla_put(message.get(), type, static_cast<int>(size), data) < 0)
        throw std::bad_alloc();
}

inline void put_string(const NetlinkMessage& message, int type, const std::string& text) {
    put(message, type, text.c_str(), text.size() + 1);
}

inline void put_u32(const NetlinkMessage& message, int type, std::uint32_t number) {
    put(message, type, &number, sizeof number);
}

/// Attributes inside an attribute, for as long as it lives.
class Nest {
  public:
    Nest(const NetlinkMessage& message, int type)
        : message_(message.get()), start_(nla_nest_start(message.get(), type)) {
        if (start_ == nullptr)
            throw std::bad_alloc();
    }
    Nest(const Nest&) = delete;
    Nest& operator=(const Nest&) = delete;
    ~Nest() { nla_nest_end(message_, start_); }

  private:
    nl_msg* message_;
    nlattr* start_;
};

/// The attributes that follow a message's fixed part, those of a type above `last` left out.
template <class Header, int last>
class Attributes {
  public:
    explicit Attributes(const nlmsghdr& message) {
        if (nlmsg_parse(const_cast<nlmsghdr*>(&message), sizeof(Header), found_.data(), last, nullptr) < 0)
            throw Error("read a message of the kernel", system_code(EBADMSG));
    }

    const nlattr* operator[](int type) const { return found_[static_cast<std::size_t>(type)]; }

    std::string string(int type) const {
        const nlattr* attribute = (*this)[type];
        if (attribute == nullptr)
            return "";
        const auto* data = static_cast<const char*>(nla_data(attribute));
        return {data, std::find(data, data + nla_len(attribute), '\0')};
    }

  private:
    std::array<nlattr*, static_cast<std::size_t>(last) + 1> found_{};
};

} // namespace vifplug
