// SPDX-License-Identifier: LGPL-2.1-or-later
#include "instruction_counter.hpp"

#include "calls.hpp"

#include <fstream>
#include <stdexcept>

namespace vifplug::bench {

namespace {

const std::string counts = "/run/bench-callgrind";
const std::string pipes =
    "--vgdb-prefix=/run/bench-vgdb"; // numbers of processes are not this namespace's alone in /tmp

} // namespace

std::vector<std::string> InstructionCounter::words(const std::string& daemon) {
    return {"/usr/bin/valgrind", "--tool=callgrind", "--callgrind-out-file=" + counts, pipes, daemon};
}

InstructionCounter::InstructionCounter(pid_t pid) : pid_(pid) {
    (void)since_last();
}

/// Each dump is a file of its own, numbered, and counts from the one before.
double InstructionCounter::since_last() {
    make_calls({{.words = {"/usr/bin/vgdb", pipes, "--pid=" + std::to_string(pid_), "dump"}, .environment = {}}});
    std::ifstream lines(counts + "." + std::to_string(++answers_));
    const std::string label = "totals: ";
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(label))
            return std::stod(line.substr(label.size()));
    throw std::runtime_error("valgrind counted nothing");
}

} // namespace vifplug::bench
