// SPDX-License-Identifier: LGPL-2.1-or-later
//
// bench-peak-memory FILE COMMAND ARGS...: runs COMMAND and writes into FILE how much memory, in KiB, the largest of its
// processes had.
//
// A program of its own, static and small: the kernel counts for a process what it was before its execve as well, and a
// process that starts others lends them its own memory until then.
#define _GNU_SOURCE // environ
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
    pid_t command;
    int status;
    struct rusage used;
    if (argc < 3 || posix_spawn(&command, argv[2], NULL, NULL, argv + 2, environ) != 0 ||
        wait4(command, &status, 0, &used) != command)
        return 125;
    const int file = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || dprintf(file, "%ld\n", used.ru_maxrss) < 0)
        return 125;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
