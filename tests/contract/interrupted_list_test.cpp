// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The kernel marks a list that changed while it wrote it (NLM_F_DUMP_INTR): something may be missing in it. That is
// rare, so the mark is put on what it answers here.
#include "core/error.hpp"
#include "system/link_survey.hpp"
#include "system/netlink_links.hpp"

#include <algorithm>
#include <cerrno>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <iterator>
#include <linux/netlink.h>
#include <netlink/msg.h>
#include <string>
#include <sys/socket.h>
#include <utility>
#include <vector>

namespace {

int lists_to_interrupt = 0;
int lists_read = 0;

void mark(nlmsghdr* header, std::size_t length) {
    auto left = static_cast<int>(length);
    for (; nlmsg_ok(header, left); header = nlmsg_next(header, &left)) {
        if ((header->nlmsg_flags & NLM_F_MULTI) == 0)
            continue;
        if (lists_to_interrupt > 0)
            header->nlmsg_flags |= NLM_F_DUMP_INTR;
        if (header->nlmsg_type != NLMSG_DONE)
            continue;
        ++lists_read;
        lists_to_interrupt = std::max(lists_to_interrupt - 1, 0);
    }
}

} // namespace

/// In the place of the C library's.
extern "C" ssize_t recvmsg(int descriptor, msghdr* message, int flags) {
    using Function = ssize_t (*)(int, msghdr*, int);
    static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "recvmsg"));
    const ssize_t got = real(descriptor, message, flags);
    if (got > 0 && message->msg_iovlen == 1)
        mark(static_cast<nlmsghdr*>(message->msg_iov->iov_base), static_cast<std::size_t>(got));
    return got;
}

namespace vifplug {
namespace {

class InterruptedList : public testing::Test {
  protected:
    void SetUp() override {
        lists_to_interrupt = 0;
        lists_read = 0;
    }
    void TearDown() override { lists_to_interrupt = 0; }

    /// As complete as an undisturbed one, and nothing twice.
    template <class List>
    void expect_the_same_when_interrupted(List list) {
        const auto undisturbed = list();
        const int lists = std::exchange(lists_read, 0);
        ASSERT_GT(lists, 0);
        lists_to_interrupt = 2;
        EXPECT_EQ(list(), undisturbed);
        EXPECT_EQ(lists_read, lists + 2);
    }

    NetlinkLinks links_;
};

std::vector<std::string> names_of(const std::vector<Link>& links) {
    std::vector<std::string> names;
    std::transform(links.begin(), links.end(), std::back_inserter(names), [](const Link& link) { return link.name; });
    return names;
}

TEST_F(InterruptedList, OfNetdevsIsReadAgain) {
    expect_the_same_when_interrupted([&] { return names_of(links_.all()); });
}

TEST_F(InterruptedList, OfBridgesIsReadAgain) {
    expect_the_same_when_interrupted([&] { return names_of(links_.bridges()); });
}

TEST_F(InterruptedList, OfAddressesIsReadAgain) {
    expect_the_same_when_interrupted([&] {
        std::vector<std::string> texts;
        for (const auto& [index, address] : links_.all_addresses())
            texts.push_back(address.text);
        return texts;
    });
}

TEST_F(InterruptedList, OfASurveyIsReadAgain) {
    expect_the_same_when_interrupted([&] { return names_of(LinkSurvey(links_).all()); });
}

TEST_F(InterruptedList, ThatKeepsChangingIsGivenUpInWords) {
    lists_to_interrupt = 1000;
    try {
        (void)links_.all();
        FAIL() << "half a list was believed";
    } catch (const Error& error) {
        EXPECT_EQ(error.code().value(), EAGAIN);
        EXPECT_NE(std::string(error.what()).find("the list kept changing while it was read"), std::string::npos)
            << error.what();
    }
    EXPECT_LT(lists_read, 10);
    lists_to_interrupt = 0;
    EXPECT_FALSE(links_.all().empty()); // and the next one is whole again
}

} // namespace
} // namespace vifplug
