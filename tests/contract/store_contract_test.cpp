// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the programs rely on about Store, asked of the fake and of a xenstored.
#include "core/error.hpp"
#include "fake/fake_store.hpp"
#include "support/command.hpp"
#include "support/xenstored.hpp"
#include "system/unique_fd.hpp"
#include "system/xenstore.hpp"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>

namespace vifplug {
namespace {

class FakeWorld {
  public:
    Store& store() { return store_; }
    void write(const std::string& path, const std::string& value) { store_.write(path, value); }

  private:
    test::FakeStore store_;
};

class XenstoredWorld {
  public:
    XenstoredWorld() : daemon_("/run/store") {
        setenv("XENSTORED_RUNDIR", daemon_.rundir().c_str(), 1);
        store_.emplace(deadline_);
    }

    Store& store() { return *store_; }
    void write(const std::string& path, const std::string& value) {
        test::must({"xenstore-write", path, value}, {{"XENSTORED_RUNDIR", daemon_.rundir()}});
    }
    pid_t daemon() const { return daemon_.pid(); }

  private:
    test::Xenstored daemon_;
    Deadline deadline_{std::chrono::seconds(20)};
    std::optional<Xenstore> store_;
};

template <class World>
class StoreContract : public testing::Test {
  protected:
    Store& store() { return world_.store(); }

    World world_;
};

struct Names {
    template <class World>
    static std::string GetName(int) {
        return std::is_same_v<World, FakeWorld> ? "fake" : "xenstored";
    }
};
using Worlds = testing::Types<FakeWorld, XenstoredWorld>;
TYPED_TEST_SUITE(StoreContract, Worlds, Names);

const std::string backend = "backend/vif/7/0";

TYPED_TEST(StoreContract, ReadsWhatIsThereAndNothingElse) {
    this->world_.write(backend + "/bridge", "xenbr0");
    this->world_.write(backend + "/ip", "");
    EXPECT_EQ(this->store().read(backend + "/bridge"), "xenbr0");
    EXPECT_EQ(this->store().read(backend + "/ip"), "");
    EXPECT_EQ(this->store().read(backend + "/mtu"), std::nullopt);
    EXPECT_EQ(this->store().read(backend), "");
    EXPECT_EQ(this->store().read("backend/vif/8/0"), std::nullopt);
}

TYPED_TEST(StoreContract, ListsWhatIsDirectlyBelow) {
    this->world_.write(backend + "/bridge", "xenbr0");
    this->world_.write(backend + "/queue-0/ring", "1");
    auto names = this->store().list(backend);
    ASSERT_TRUE(names);
    std::sort(names->begin(), names->end());
    EXPECT_EQ(*names, (std::vector<std::string>{"bridge", "queue-0"}));
    EXPECT_EQ(this->store().list(backend + "/bridge"), std::vector<std::string>());
    EXPECT_EQ(this->store().list("backend/vif/8"), std::nullopt);
}

TYPED_TEST(StoreContract, ARelativePathIsTheCallersOwnDomains) {
    this->world_.write("/local/domain/0/" + backend + "/bridge", "xenbr0");
    EXPECT_EQ(this->store().read(backend + "/bridge"), "xenbr0");
    EXPECT_EQ(this->store().read("/local/domain/0/" + backend + "/bridge"), "xenbr0");
}

TYPED_TEST(StoreContract, ChangesBelowADirectoryThatIsThere) {
    this->world_.write(backend + "/hotplug-error", "old");
    const auto changed =
        this->store().change_below(backend, {{.path = backend + "/hotplug-status", .value = "connected"},
                                             {.path = backend + "/hotplug-error", .value = std::nullopt},
                                             {.path = "/local/domain/7/device/vif/0/mtu", .value = "1500"}});
    EXPECT_TRUE(changed.directory_was_there);
    EXPECT_TRUE(changed.refused.empty());
    EXPECT_EQ(this->store().read(backend + "/hotplug-status"), "connected");
    EXPECT_EQ(this->store().read(backend + "/hotplug-error"), std::nullopt);
    EXPECT_EQ(this->store().read("/local/domain/7/device/vif/0/mtu"), "1500");
}

TYPED_TEST(StoreContract, ADirectoryThatIsGoneIsNotMadeAgain) {
    this->world_.write("backend/vif", "");
    const auto changed =
        this->store().change_below(backend, {{.path = backend + "/hotplug-status", .value = "connected"}});
    EXPECT_FALSE(changed.directory_was_there);
    EXPECT_EQ(this->store().read(backend), std::nullopt);
    EXPECT_EQ(this->store().read("backend/vif/7"), std::nullopt);
}

TYPED_TEST(StoreContract, NothingIsMadeForAnotherHalfThatIsGone) {
    const std::string frontend = "/local/domain/7/device/vif/0";
    const std::vector<NodeChange> changes{
        {.path = frontend + "/mtu", .value = "1500", .unless_gone = OtherHalf{frontend, backend + "/frontend"}},
        {.path = backend + "/hotplug-status", .value = "connected"}};
    this->world_.write(backend + "/frontend", frontend);
    EXPECT_TRUE(this->store().change_below(backend, changes).directory_was_there);
    EXPECT_EQ(this->store().read("/local/domain/7"), std::nullopt);
    EXPECT_EQ(this->store().read(backend + "/hotplug-status"), "connected");
    this->world_.write(frontend + "/state", "1");
    this->store().change_below(backend, changes);
    EXPECT_EQ(this->store().read(frontend + "/mtu"), "1500");
}

TYPED_TEST(StoreContract, NothingIsChangedUnlessAllIsAsExpected) {
    this->world_.write(backend + "/state", "6");
    this->world_.write(backend + "/online", "1");
    const std::vector<NodeChange> changes{{.path = backend, .value = std::nullopt}};
    const auto remove = [&](const std::string& online) {
        return this->store()
            .change_below(backend, changes, {{backend + "/state", "6"}, {backend + "/online", online}})
            .was_as_expected;
    };
    EXPECT_FALSE(remove("0"));
    EXPECT_EQ(this->store().read(backend + "/state"), "6");
    EXPECT_TRUE(remove("1"));
    EXPECT_EQ(this->store().read(backend), std::nullopt);
    EXPECT_EQ(this->store().read("backend/vif/7"), "");
}

TYPED_TEST(StoreContract, ADirectoryWithOthersInItMayStay) {
    const std::string domain = "backend/vif/7";
    this->world_.write(domain + "/0/state", "6");
    this->world_.write(domain + "/1/state", "1");
    const auto remove = [&](const std::string& vif) {
        this->store().change_below(vif, {{.path = vif, .value = std::nullopt},
                                         {.path = domain, .value = std::nullopt, .only_when_empty = true}});
    };
    remove(domain + "/0");
    EXPECT_EQ(this->store().list(domain), std::vector<std::string>{"1"});
    remove(domain + "/1");
    EXPECT_EQ(this->store().list(domain), std::nullopt);
    EXPECT_EQ(this->store().read("backend/vif"), "");
}

TYPED_TEST(StoreContract, RemovingWhatIsNotThereIsNoFailure) {
    this->world_.write(backend + "/bridge", "xenbr0");
    EXPECT_TRUE(this->store()
                    .change_below(backend, {{.path = backend + "/hotplug-error", .value = std::nullopt}})
                    .refused.empty());
}

TYPED_TEST(StoreContract, ValuesAreBytes) {
    this->world_.write(backend + "/bridge", "xenbr0");
    const std::string bytes("a\n\0\xff\\x41 ", 9);
    this->store().change_below(backend, {{.path = backend + "/hotplug-error", .value = bytes}});
    EXPECT_EQ(this->store().read(backend + "/hotplug-error"), bytes);
}

TEST(FakeStore, RefusesWholeTransactionsUnlessTheChangeMayBeRefused) {
    test::FakeStore store;
    store.write(backend + "/bridge", "xenbr0");
    store.deny(backend + "/x");
    EXPECT_THROW(
        store.change_below(backend, {{.path = backend + "/y", .value = "1"}, {.path = backend + "/x", .value = "1"}}),
        Error);
    EXPECT_EQ(store.read(backend + "/y"), std::nullopt);
    const auto changed = store.change_below(backend, {{.path = backend + "/y", .value = "1"},
                                                      {.path = backend + "/x", .value = "1", .may_be_refused = true}});
    EXPECT_EQ(changed.refused.size(), 1u);
    EXPECT_EQ(store.read(backend + "/y"), "1");
}

TEST(Xenstored, APathItCannotHaveIsAnErrorThatNamesIt) {
    XenstoredWorld world;
    try {
        (void)world.store().read("backend/vif/7/0/a b");
        FAIL() << "read";
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "read backend/vif/7/0/a b in xenstore: Invalid argument");
    }
}

TEST(Xenstored, OneThatDiesIsAnErrorAndNoSignal) {
    XenstoredWorld world;
    ASSERT_EQ(kill(world.daemon(), SIGKILL), 0);
    EXPECT_THROW((void)world.store().read(backend), Error);
    EXPECT_THROW((void)world.store().change_below(backend, {}), Error);
}

/// libxenstore closes its descriptor then, and whatever is opened next may get that number.
TEST(Xenstored, AConnectionThatBrokeIsNotTakenForAnotherFile) {
    XenstoredWorld world;
    Deadline deadline(std::chrono::seconds(5));
    Xenstore store(deadline);
    EXPECT_TRUE(store.is_connected());
    EXPECT_THROW((void)store.read("backend/vif/7/0/a b"), Error);
    EXPECT_TRUE(store.is_connected());
    ASSERT_EQ(kill(world.daemon(), SIGKILL), 0);
    EXPECT_THROW((void)store.read(backend), Error);
    const UniqueFd other(open("/dev/null", O_RDONLY | O_CLOEXEC));
    EXPECT_FALSE(store.is_connected());
}

} // namespace
} // namespace vifplug
