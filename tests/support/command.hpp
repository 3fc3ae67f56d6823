// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace vifplug::test {

struct Result {
    int status = 0; ///< as a shell has it: 128 and the signal's number when one ended it
    std::string out;
    std::string err;
};

using Words = std::vector<std::string>;
using Variables = std::map<std::string, std::string>;

/// A program that runs. Ended and reaped with the object.
class Running {
  public:
    /// `words[0]` is looked for in /usr/sbin, /usr/bin, /sbin and /bin unless it has a '/'. `environment` is all the
    /// program gets. stdin is /dev/null. Throws std::system_error.
    Running(const Words& words, const Variables& environment);
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    Running(Running&& other) noexcept;
    ~Running();

    /// Waits for its end; 60 s at the longest, then it is killed and std::runtime_error is thrown.
    Result wait();

    pid_t pid() const { return pid_; }

    std::string output_so_far() const;
    std::string errors_so_far() const;

  private:
    pid_t pid_;
    int out_;
    int err_;
};

/// Runs a program to its end.
Result run(const Words& words, const Variables& environment = {});

/// Runs a program that has to succeed; gives its output. Throws std::runtime_error with its error text otherwise.
std::string must(const Words& words, const Variables& environment = {});

/// "ip link add br0 type bridge" as words: no quoting.
Words split(const std::string& text);

/// What execve(2) takes; points into `texts`.
std::vector<char*> null_terminated(std::vector<std::string>& texts);

} // namespace vifplug::test
