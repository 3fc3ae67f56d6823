// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "link_batch.hpp"
#include "many_vifs.hpp"
#include "trace.hpp"

#include <functional>
#include <string>
#include <vector>

namespace vifplug::bench {

using Times = std::vector<double>; ///< in ms

// `daemon` is the path of a program that does vifplugd's work: ours, or the floor. Each of these starts it and ends it,
// and each throws std::runtime_error when it has not done its work.

/// Of the first `count` vifs, one after the other, while all others wait for netback.
Times place_one_by_one(ManyVifs& vifs, const std::string& daemon, std::size_t count);

/// Of all vifs at once, until the last one is connected.
double place_all(ManyVifs& vifs, const std::string& daemon);

/// With all vifs in place, until it is ready.
double restart(const std::string& daemon);

/// Of one call of the script for each of `count` vifs, while half of all vifs are in place: it takes the kernel longer
/// the more there are. `daemon` puts them there.
Times call_script(ManyVifs& vifs, const std::string& script, std::size_t count, const std::string& daemon);

/// With all vifs in place: all ports are taken off their bridges, until the last one is back.
double repair_all(ManyVifs& vifs, const std::string& daemon);

/// What another tool does to a port.
using Damage = std::function<void(LinkBatch& batch, int port)>;

/// The same for one port after the other, and any damage.
Times repair_one_by_one(ManyVifs& vifs, const std::string& daemon, std::size_t count, const Damage& damage);

/// With all vifs in place: from the moment that a bridge which was deleted is made again until its last port is back.
double repair_bridge(ManyVifs& vifs, const std::string& daemon);

/// What it takes the kernel to take all off and to put them back, down as vifplugd has them then, when it is asked in
/// few writes.
double take_off_and_put_back(ManyVifs& vifs);

struct Rest {
    double memory_mb;
    double cpu_ms;
    double switches;
};

/// Of a daemon that was started with all vifs in place, over some seconds in which nothing happens. Waits for that.
Rest rest(const std::string& daemon);

/// The most memory that it needed to place all vifs, and then took while all of them were repaired.
double peak_memory_mb(ManyVifs& vifs, const std::string& daemon);

/// What a vif costs the daemon itself: one of the first hundred, and one of the last.
struct FirstAndLast {
    double first = 0;
    double last = 0;
};

// Of the first `count` vifs, which come one after the other.

/// With what the kernel does for it.
FirstAndLast cpu_us(ManyVifs& vifs, const std::string& daemon, std::size_t count);

FirstAndLast system_calls(ManyVifs& vifs, const std::string& daemon, std::size_t count);

/// Of its own, without the kernel's.
FirstAndLast instructions(ManyVifs& vifs, const std::string& daemon, std::size_t count);

/// What it asks to put one vif in place, from the moment it has heard of it.
Requests requests_for_one(ManyVifs& vifs, const std::string& daemon);

/// What it asks when it is started with all vifs in place.
Requests requests_for_restart(const std::string& daemon);

} // namespace vifplug::bench
