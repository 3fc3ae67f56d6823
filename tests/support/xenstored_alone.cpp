// SPDX-License-Identifier: LGPL-2.1-or-later
//
// xenstored-alone RUNDIR [--] COMMAND ARGS...: runs COMMAND with a private xenstored, and ends as COMMAND ends.
#include "support/xenstored.hpp"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

namespace {

/// Delivered by sigwaitinfo only: no handler, no race between COMMAND's end and a signal to pass on.
sigset_t awaited_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
        sigaddset(&set, signal);
    }
    return set;
}

int exit_status(int wait_status) {
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

int wait_for(pid_t command, const sigset_t& awaited) {
    for (;;) {
        siginfo_t info;
        const int signal = sigwaitinfo(&awaited, &info);
        if (signal == SIGCHLD) {
            int status = 0;
            if (waitpid(command, &status, WNOHANG) == command) {
                return exit_status(status);
            }
        } else if (signal > 0 && info.si_code <= 0) { // from a process; a terminal's go to COMMAND as well
            kill(command, signal);
        }
    }
}

int run(char** command) {
    sigset_t before;
    const sigset_t awaited = awaited_signals();
    signal(SIGCHLD, SIG_DFL); // ignored in the caller would mean: no status for us
    sigprocmask(SIG_BLOCK, &awaited, &before);

    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &before);
    pid_t pid = 0;
    const int error = posix_spawnp(&pid, command[0], nullptr, &attributes, command, environ);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) {
        std::fprintf(stderr, "xenstored-alone: %s: %s\n", command[0], std::strerror(error));
        return error == ENOENT ? 127 : 126;
    }
    return wait_for(pid, awaited);
}

} // namespace

int main(int argc, char** argv) {
    char** command = argv + (argc > 2 && std::strcmp(argv[2], "--") == 0 ? 3 : 2);
    if (command >= argv + argc) {
        std::fputs("usage: xenstored-alone RUNDIR [--] COMMAND ARGS...\n", stderr);
        return 125;
    }
    try {
        const vifplug::test::Xenstored store(argv[1]);
        setenv("XENSTORED_RUNDIR", store.rundir().c_str(), 1);
        unsetenv("XENSTORED_PATH"); // it would win over the run directory
        return run(command);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "xenstored-alone: %s\n", e.what());
        return 125;
    }
}
