// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Preloaded into a program that works in a child: ends one of its processes, or both, just before the n-th thing the
// child does that leaves a mark. A mark is a change asked of the kernel by netlink, a write to disk, or a file that
// gets or loses its name.
//
//   VIFPLUG_KILL=child:N, parent:N or both:N
//   VIFPLUG_KILLED=FILE   is made when it has happened
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static pid_t first_process;
static long marks;

__attribute__((constructor)) static void note_first_process(void) {
    first_process = getpid();
}

static void end(int parent, int child) {
    const char* file = getenv("VIFPLUG_KILLED");
    if (file != NULL)
        close(open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (parent)
        kill(getppid(), SIGKILL);
    if (child)
        kill(getpid(), SIGKILL);
}

static void mark(void) {
    const char* wanted = getenv("VIFPLUG_KILL");
    if (wanted == NULL || getpid() == first_process || getppid() != first_process)
        return;
    const char* colon = strchr(wanted, ':');
    if (colon == NULL || ++marks != atol(colon + 1))
        return;
    const int both = strncmp(wanted, "both", 4) == 0;
    end(both || strncmp(wanted, "parent", 6) == 0, both || strncmp(wanted, "child", 5) == 0);
}

// rtnetlink numbers its messages in fours: new, delete, get, set. A question leaves no mark.
static int is_question(const void* bytes, size_t size) {
    struct nlmsghdr header;
    if (size < sizeof header)
        return 1;
    memcpy(&header, bytes, sizeof header);
    return (header.nlmsg_type & 3) == 2;
}

ssize_t send(int descriptor, const void* bytes, size_t size, int flags) {
    ssize_t (*real)(int, const void*, size_t, int) =
        (ssize_t(*)(int, const void*, size_t, int))dlsym(RTLD_NEXT, "send");
    if (!is_question(bytes, size))
        mark();
    return real(descriptor, bytes, size, flags);
}

ssize_t sendmsg(int descriptor, const struct msghdr* message, int flags) {
    ssize_t (*real)(int, const struct msghdr*, int) =
        (ssize_t(*)(int, const struct msghdr*, int))dlsym(RTLD_NEXT, "sendmsg");
    if (message->msg_iovlen > 0 && !is_question(message->msg_iov[0].iov_base, message->msg_iov[0].iov_len))
        mark();
    return real(descriptor, message, flags);
}

int fsync(int descriptor) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    mark();
    return real(descriptor);
}

int rename(const char* from, const char* to) {
    int (*real)(const char*, const char*) = (int (*)(const char*, const char*))dlsym(RTLD_NEXT, "rename");
    mark();
    return real(from, to);
}

int unlink(const char* path) {
    int (*real)(const char*) = (int (*)(const char*))dlsym(RTLD_NEXT, "unlink");
    mark();
    return real(path);
}
