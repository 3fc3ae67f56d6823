// SPDX-License-Identifier: LGPL-2.1-or-later
//
// fake-netback [--once-ready-fd N]: to xenstore, what the kernel's xen-netback is, in this network namespace.
// A vif is one end of a veth pair; its other end, guest<domid>.<devid>, stands for the interface inside the guest.
// Once it watches, it writes a newline to descriptor N and closes it.
#include <net/if.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

extern "C" { // which the header leaves to us
#include <xenstore.h>
}

#include <cerrno>
#include <compare>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

template <auto Fn>
struct Call {
    template <class T>
    void operator()(T* p) const noexcept {
        Fn(p);
    }
};
using Text = std::unique_ptr<char, Call<std::free>>;
using Texts = std::unique_ptr<char*[], Call<std::free>>;
using Link = std::unique_ptr<rtnl_link, Call<rtnl_link_put>>;
using VethPair = std::unique_ptr<rtnl_link, Call<rtnl_link_veth_release>>;
using Address = std::unique_ptr<nl_addr, Call<nl_addr_put>>;

const std::string root = "backend/vif"; // relative, as the kernel's: xenstored puts the own domain before it

struct Vif {
    unsigned domid;
    unsigned devid;
    auto operator<=>(const Vif&) const = default;

    std::string suffix() const { return std::to_string(domid) + "." + std::to_string(devid); }
    std::string name() const { return "vif" + suffix(); }
    std::string guest_end() const { return "guest" + suffix(); }
    std::string backend() const { return root + "/" + std::to_string(domid) + "/" + std::to_string(devid); }
};

void say(const Vif& vif, const char* what) {
    std::printf("%s: %s\n", vif.name().c_str(), what);
}

class Store {
  public:
    Store() : xs_(xs_open(0)) {
        if (!xs_ || !xs_watch(xs_.get(), root.c_str(), "vifs")) {
            throw std::system_error(errno, std::generic_category(), "watch " + root);
        }
    }

    int fd() const { return xs_fileno(xs_.get()); }

    std::optional<std::string> changed_path() {
        const Texts event(xs_check_watch(xs_.get()));
        if (!event && errno != EAGAIN) { // a dead xenstored shows only here, never at fd()
            throw std::system_error(errno, std::generic_category(), "xenstored is gone");
        }
        return event ? std::optional<std::string>(event[XS_WATCH_PATH]) : std::nullopt;
    }

    std::optional<std::string> read(const std::string& path, xs_transaction_t in = XBT_NULL) {
        unsigned size = 0;
        const Text text(static_cast<char*>(xs_read(xs_.get(), in, path.c_str(), &size)));
        return text ? std::optional<std::string>(std::in_place, text.get(), size) : std::nullopt;
    }

    std::vector<unsigned> numbers_in(const std::string& directory) {
        unsigned count = 0;
        const Texts entries(xs_directory(xs_.get(), XBT_NULL, directory.c_str(), &count));
        std::vector<unsigned> numbers;
        for (unsigned i = 0; entries && i < count; ++i) {
            numbers.push_back(static_cast<unsigned>(std::strtoul(entries[i], nullptr, 10)));
        }
        return numbers;
    }

    /// Changes nothing unless `state` is still `from`: the tool stack may have moved on, or removed the backend.
    bool change_state(const std::string& backend, const std::string& from, const std::string& to) {
        const std::string state = backend + "/state";
        for (;;) {
            const xs_transaction_t transaction = xs_transaction_start(xs_.get());
            const bool write = transaction != XBT_NULL && read(state, transaction) == from && // so the backend exists
                               xs_write(xs_.get(), transaction, state.c_str(), to.data(), 1);
            if (transaction == XBT_NULL || xs_transaction_end(xs_.get(), transaction, !write)) {
                return write;
            }
            if (errno != EAGAIN) {
                throw std::system_error(errno, std::generic_category(), "change " + state);
            }
        }
    }

    void remove(const std::string& path) { (void)xs_rm(xs_.get(), XBT_NULL, path.c_str()); } // gone is as good

  private:
    std::unique_ptr<xs_handle, Call<xs_close>> xs_;
};

class Links {
  public:
    Links() : socket_(nl_socket_alloc()) { require(nl_connect(socket_.get(), NETLINK_ROUTE), "open netlink"); }

    /// Returns the index of the vif's end.
    int make_pair(const Vif& vif, const std::optional<std::string>& guest_mac) {
        const VethPair pair(rtnl_link_veth_alloc());
        rtnl_link_set_name(pair.get(), vif.name().c_str());
        rtnl_link_set_addr(pair.get(), mac("fe:ff:ff:ff:ff:ff").get());

        const Link guest(rtnl_link_veth_get_peer(pair.get()));
        rtnl_link_set_name(guest.get(), vif.guest_end().c_str());
        if (guest_mac) {
            rtnl_link_set_addr(guest.get(), mac(*guest_mac).get());
        }
        require(rtnl_link_add(socket_.get(), pair.get(), NLM_F_CREATE | NLM_F_EXCL), "make the veth pair");
        return rtnl_link_get_ifindex(named(vif.name()).get());
    }

    /// Apart from making it: the kernel refuses a veth that is to be up before its peer is there.
    void set_up(const std::string& name) {
        const Link up(rtnl_link_alloc());
        rtnl_link_set_flags(up.get(), IFF_UP);
        require(rtnl_link_change(socket_.get(), named(name).get(), up.get(), 0), "set the guest's end up");
    }

    /// By index, since `vifname` changes the name. One that is gone already is as good.
    void remove(int ifindex) noexcept {
        const Link link(rtnl_link_alloc());
        rtnl_link_set_ifindex(link.get(), ifindex);
        if (const int error = rtnl_link_delete(socket_.get(), link.get()); error < 0 && error != -NLE_NODEV) {
            std::fprintf(stderr, "remove link %d: %s\n", ifindex, nl_geterror(error));
        }
    }

  private:
    static void require(int error, const char* what) {
        if (error < 0) {
            throw std::runtime_error(std::string(what) + ": " + nl_geterror(error));
        }
    }

    Link named(const std::string& name) {
        rtnl_link* link = nullptr;
        require(rtnl_link_get_kernel(socket_.get(), 0, name.c_str(), &link), "look at what was made");
        return Link(link);
    }

    static Address mac(const std::string& text) {
        nl_addr* address = nullptr;
        require(nl_addr_parse(text.c_str(), AF_LLC, &address), "read the MAC address");
        return Address(address);
    }

    std::unique_ptr<nl_sock, Call<nl_socket_free>> socket_;
};

class FakeNetback {
  public:
    ~FakeNetback() {
        for (const auto& [vif, ifindex] : made_) {
            links_.remove(ifindex);
        }
    }

    int fd() const { return store_.fd(); }

    /// Ten events for one vif cost one look: an event says where to look, the store says what is true.
    void look_where_events_say() {
        std::set<Vif> vifs;
        while (const auto path = store_.changed_path()) {
            add_vifs_at(*path, vifs);
        }
        for (const Vif& vif : vifs) {
            try {
                look(vif);
            } catch (const std::exception& e) {
                std::fprintf(stderr, "%s: %s\n", vif.name().c_str(), e.what());
            }
        }
    }

  private:
    /// All vifs at or below `path`: those in the store, and those we made, which may have left it.
    void add_vifs_at(const std::string& path, std::set<Vif>& vifs) {
        unsigned domid = 0;
        unsigned devid = 0;
        const int depth = std::sscanf(path.c_str(), "backend/vif/%u/%u", &domid, &devid);
        if (depth == 2) {
            vifs.insert({domid, devid});
            return;
        }
        for (const auto& [vif, ifindex] : made_) {
            vifs.insert(vif);
        }
        for (const unsigned guest : depth == 1 ? std::vector{domid} : store_.numbers_in(root)) {
            for (const unsigned device : store_.numbers_in(root + "/" + std::to_string(guest))) {
                vifs.insert({guest, device});
            }
        }
    }

    void look(const Vif& vif) {
        const std::string backend = vif.backend();
        if (!store_.read(backend)) {
            remove_link(vif);
            return;
        }
        const std::string state = store_.read(backend + "/state").value_or("");
        if (state == "5" || (store_.read(backend + "/online") == "0" && state != "6")) {
            close(vif, state);
        } else if (state == "1") {
            open(vif);
        } else if (state == "2" && store_.read(backend + "/hotplug-status") == "connected" &&
                   store_.change_state(backend, "2", "4")) {
            say(vif, "Connected");
        }
    }

    void open(const Vif& vif) {
        if (!made_.contains(vif)) {
            made_[vif] = links_.make_pair(vif, store_.read(vif.backend() + "/mac"));
            links_.set_up(vif.guest_end());
            say(vif, "made");
        }
        if (store_.change_state(vif.backend(), "1", "2")) {
            say(vif, "InitWait");
        }
    }

    /// Closed before the link is gone, as the kernel does: whoever waits for Closed may still meet the link.
    void close(const Vif& vif, const std::string& state) {
        if (!store_.change_state(vif.backend(), state, "6")) {
            return; // changed meanwhile: that change has its own event
        }
        say(vif, "Closed");
        store_.remove(vif.backend() + "/hotplug-status");
        remove_link(vif);
    }

    void remove_link(const Vif& vif) {
        if (const auto link = made_.find(vif); link != made_.end()) {
            links_.remove(link->second);
            made_.erase(link);
            say(vif, "removed");
        }
    }

    Store store_;
    Links links_;
    std::map<Vif, int> made_; // the index of the vif's end
};

/// Blocked in every thread, so before xs_open starts one.
int signals_to_end() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

void run(int ready_fd) {
    const int end = signals_to_end();
    FakeNetback netback;
    if (ready_fd >= 0) {
        (void)!write(ready_fd, "\n", 1); // who does not listen any more need not know
        close(ready_fd);
    }
    pollfd wait[] = {{end, POLLIN, 0}, {netback.fd(), POLLIN, 0}};
    while (!(wait[0].revents & POLLIN)) {
        netback.look_where_events_say();
        poll(wait, 2, 1000); // the second is for noticing that xenstored died
    }
}

} // namespace

int main(int argc, char** argv) {
    const bool ready = argc == 3 && std::strcmp(argv[1], "--once-ready-fd") == 0;
    if (argc != 1 && !ready) {
        std::fputs("usage: fake-netback [--once-ready-fd N]\n", stderr);
        return 2;
    }
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    try {
        run(ready ? std::atoi(argv[2]) : -1);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "fake-netback: %s\n", e.what());
        return 1;
    }
}
