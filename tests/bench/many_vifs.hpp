// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "host.hpp"
#include "store_client.hpp"

#include <string>
#include <vector>

namespace vifplug::bench {

/// Guests with one vif each on five bridges or more, and the nodes that libxl writes for them. In the namespace and the
/// xenstore that this process is in, which have to be empty. There are only ever more of them.
///
/// I1: a vif is one end of a veth pair. The other end, which stands for the guest's, is up and silent.
/// I2: a program finds the same each time: MAC, MTU and IPv6 address generation of a vif are as they have to be.
class ManyVifs {
  public:
    /// For `most` in the end; so far there is none.
    explicit ManyVifs(std::size_t most);

    /// So that there are so many. They are as after reset().
    void grow(std::size_t count);

    /// What fits well into a transaction of xenstore.
    static constexpr std::size_t most_at_once = 250;

    std::size_t size() const { return guests_.size(); }
    const Guest& guest(std::size_t number) const { return guests_.at(number); }
    StoreClient& store() { return store_; }

    /// Off their bridges and down; in the store as libxl has them before netback has done its part: state 1.
    void reset();

    /// What netback writes when it has done its part: state 2. `ready(first, last)` does so for all but `last`.
    void ready(std::size_t number);
    void ready(std::size_t first, std::size_t last);

    /// Throws std::runtime_error when one of them is not up on its bridge, or not connected.
    void check_in_place(std::size_t first, std::size_t last);

    /// In the order of the guests.
    std::vector<int> ports() const { return ports_; }
    std::vector<int> bridges_of_ports() const;

    /// As a restarted network does it, ifupdown's for one: the first bridge goes, and comes again without ports.
    void remove_first_bridge() const;
    void make_first_bridge();
    std::vector<int> ports_of_first_bridge() const;

  private:
    std::string bridge_of(std::size_t number) const;
    void make_bridges(std::size_t count);
    void make_netdevs(std::size_t first, std::size_t last);
    void write_nodes(std::size_t number);
    void write_beginning(std::size_t number);
    void in_transactions(std::size_t first, std::size_t last, void (ManyVifs::*write)(std::size_t));

    StoreClient store_;
    std::vector<int> bridges_;
    std::vector<Guest> guests_;
    std::vector<int> ports_;
    std::size_t ready_ = 0; ///< beyond this one all are as they were made
};

} // namespace vifplug::bench
