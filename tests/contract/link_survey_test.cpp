// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A survey answers as the kernel does.
#include "support/command.hpp"
#include "system/link_survey.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace vifplug {
namespace {

using test::must;
using test::split;
using Texts = std::vector<std::string>;

Texts names_of(const std::vector<Link>& links) {
    Texts names;
    for (const Link& link : links)
        names.push_back(link.name);
    std::sort(names.begin(), names.end());
    return names;
}

Texts texts_of(const std::vector<Address>& addresses) {
    Texts texts;
    for (const Address& address : addresses)
        texts.push_back(address.text);
    std::sort(texts.begin(), texts.end());
    return texts;
}

class Survey : public testing::Test {
  protected:
    Survey() {
        for (const char* change :
             {"link add name br0 type bridge", "link add name br1 type bridge", "link add name port0 type veth",
              "link add name port1 type veth", "link set dev port0 master br0", "link set dev port1 up",
              "address add 192.0.2.1/24 dev port0", "address add 2001:db8::1/64 dev port0"})
            must(split(std::string("ip ") + change));
    }
    ~Survey() override {
        for (const char* name : {"port0", "port1", "br0", "br1"})
            must(split(std::string("ip link delete dev ") + name));
    }

    NetlinkLinks kernel;
};

TEST_F(Survey, FindsWhatThereIs) {
    LinkSurvey survey(kernel);
    for (const char* name : {"port0", "port1", "br0"}) {
        const Link link = kernel.find(name).value();
        EXPECT_EQ(survey.find(name)->index, link.index) << name;
        EXPECT_EQ(survey.find(link.index)->name, name);
        EXPECT_EQ(survey.find(name)->master, link.master) << name;
        EXPECT_EQ(survey.find(name)->up, link.up) << name;
        EXPECT_EQ(texts_of(survey.addresses(link.index)), texts_of(kernel.addresses(link.index))) << name;
    }
    EXPECT_EQ(texts_of(survey.addresses(survey.find("port0")->index)), (Texts{"192.0.2.1/24", "2001:db8::1/64"}));
    EXPECT_FALSE(survey.find("nosuch"));
    EXPECT_FALSE(survey.find(IfIndex(999999)));
    EXPECT_EQ(names_of(survey.bridges()), (Texts{"br0", "br1"}));
    EXPECT_EQ(names_of(survey.ports_of(survey.find("br0")->index)), Texts{"port0"});
}

TEST_F(Survey, StaysAsItWasWhateverHappens) {
    LinkSurvey survey(kernel);
    must(split("ip link set dev port0 nomaster"));
    EXPECT_TRUE(survey.find("port0")->master);
}

TEST_F(Survey, TellsOfVlans) {
    if (test::run(split("ip link set dev br0 type bridge vlan_filtering 1")).status != 0)
        GTEST_SKIP() << "the bridges of this kernel cannot filter VLANs";
    must(split("bridge vlan add dev port0 vid 30"));
    LinkSurvey survey(kernel);
    const IfIndex port = survey.find("port0")->index;
    EXPECT_EQ(survey.vlans(port).str(), "1p/30");
    EXPECT_EQ(survey.all_port_vlans().size(), kernel.all_port_vlans().size());
    EXPECT_EQ(survey.vlans(survey.find("port1")->index), VlanList());
}

TEST_F(Survey, ChangesNothing) {
    LinkSurvey survey(kernel);
    EXPECT_THROW(survey.perform(vifplug::SetUp{netdev_of(*survey.find("port0"))}), std::logic_error);
    EXPECT_FALSE(kernel.find("port0")->up);
}

} // namespace
} // namespace vifplug
