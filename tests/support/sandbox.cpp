// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/sandbox.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace vifplug::test {

namespace {

void require(bool worked, const std::string& tried) {
    if (!worked)
        throw std::system_error(errno, std::generic_category(), tried);
}

void write_file(const char* path, const std::string& text) {
    const int file = open(path, O_WRONLY | O_CLOEXEC);
    require(file >= 0, std::string("open ") + path);
    const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    require(written, std::string("write ") + path);
    close(file);
}

/// Being root inside is enough for everything the tests do.
void become_root_of_a_user_namespace() {
    const auto user = getuid();
    const auto group = getgid();
    require(unshare(CLONE_NEWUSER) == 0, "unshare a user namespace (the tests need that, or root)");
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", "0 " + std::to_string(user) + " 1");
    write_file("/proc/self/gid_map", "0 " + std::to_string(group) + " 1");
}

void mount_empty(const char* path) {
    require(mount("tmpfs", path, "tmpfs", 0, "mode=0755") == 0, std::string("mount an empty ") + path);
}

/// A syslog of the host hears nothing of the tests, and they do not depend on there being one.
void hide_syslog() {
    struct stat status {};
    if (stat("/dev/log", &status) != 0)
        return; // none, or a link into the /run that is hidden already
    const int nothing = open("/run/no-syslog", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    require(nothing >= 0, "make a file");
    close(nothing);
    require(mount("/run/no-syslog", "/dev/log", nullptr, MS_BIND, nullptr) == 0, "hide /dev/log");
}

void make_private_mounts() {
    require(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "make the mounts private");
    require(mount("proc", "/proc", "proc", 0, nullptr) == 0, "mount /proc");
    require(mount("sysfs", "/sys", "sysfs", 0, nullptr) == 0, "mount /sys"); // with this namespace's netdevs
    mount_empty("/run");
    hide_syslog();
    struct stat status {};
    require(stat("/etc/xen/scripts", &status) == 0,
            "look for /etc/xen/scripts (Debian's package xen-utils-common has it)");
    mount_empty("/etc/xen/scripts");
}

/// The first process of the new process namespace.
int run_inside(const std::function<int()>& body) {
    try {
        require(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "ask to end with the parent");
        make_private_mounts();
        return body();
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "sandbox: %s\n", failure.what());
        return 1;
    }
}

int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        require(errno == EINTR, "wait for the sandbox");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

pid_t fork_or_throw() {
    std::fflush(nullptr); // or both would write what is buffered
    const pid_t child = fork();
    require(child >= 0, "fork");
    return child;
}

/// A process that left for a new process namespace can start nothing more once that has ended, so it is one for this.
int make_sandbox(const std::function<int()>& body) {
    try {
        require(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "ask to end with the parent");
        if (geteuid() != 0)
            become_root_of_a_user_namespace();
        require(unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC) == 0, "unshare the namespaces");
        const pid_t first = fork_or_throw();
        if (first == 0)
            std::exit(run_inside(body)); // with a look for leaks
        return wait_for(first);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "sandbox: %s\n", failure.what());
        return 1;
    }
}

} // namespace

int in_sandbox(const std::function<int()>& body) {
    const pid_t maker = fork_or_throw();
    if (maker == 0)
        _exit(make_sandbox(body));
    return wait_for(maker);
}

} // namespace vifplug::test
