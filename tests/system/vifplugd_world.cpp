// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/vifplugd_world.hpp"

#include <csignal>
#include <fstream>
#include <sys/stat.h>

namespace vifplug::test {

void Vifplugd::configure(const std::string& text) const {
    std::ofstream(configuration) << text;
}

Variables Vifplugd::environment_before_xenstored() const {
    Variables variables = environment();
    variables["XENSTORED_RUNDIR"] = store_to_come;
    return variables;
}

void Vifplugd::halt(pid_t process) {
    kill(process, SIGSTOP);
    const std::string state = "/proc/" + std::to_string(process) + "/status";
    ASSERT_TRUE(eventually([&] { return must({"cat", state}).find("State:\tT") != std::string::npos; }));
}

void Vifplugd::take_lock(int seconds) {
    mkdir(rundir.c_str(), 0700);
    const std::string work = "echo has; exec sleep " + std::to_string(seconds);
    holder_.emplace(Words{"flock", "-o", rundir + "/vif1.0.lock", "-c", work}, Variables{});
    ASSERT_TRUE(eventually([&] { return holder_->output_so_far() == "has\n"; }));
}

void Vifplugd::begin_to_look_once() {
    take_lock(30);
    make_vif(2, 0);
    daemon_.emplace(Words{program("../../sbin/vifplugd"), "--once"}, environment());
    ASSERT_TRUE(eventually([&] { return is_connected(2, 0); }));
}

int Vifplugd::count(const std::string& text, const std::string& part) {
    int found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

} // namespace vifplug::test
