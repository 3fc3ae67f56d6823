// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Preloaded into an unmodified xenstored, it answers for the hypervisor, so that xenstored runs on any machine.
// Only what xenstored 4.17 imports is here; clients on its socket count as domain 0 and need none of it.
// `xenstored -D` is no substitute: it leaves domain 0 unknown, and 4.17 crashes on the first write.

// A fortified fcntl.h defines open() itself, and a 64-bit offset macro renames it; both would collide with ours.
#undef _FORTIFY_SOURCE
#undef _FILE_OFFSET_BITS
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenevtchn.h>
#include <xengnttab.h>

enum { virq_port = 1, dom0_port = 2, event_fd_unset = -1 };

static char handle; // every open returns its address: xenstored only compares handles with NULL
static int event_fd = event_fd_unset;

// ---- domains

xc_interface* xc_interface_open(xentoollog_logger* logger, xentoollog_logger* dombuild_logger, unsigned flags) {
    (void)logger, (void)dombuild_logger, (void)flags;
    return (xc_interface*)&handle;
}

int xc_interface_close(xc_interface* xch) {
    (void)xch;
    return 0;
}

// Every guest exists and is well: otherwise xenstored drops the permissions that name it.
int xc_domain_getinfo(xc_interface* xch, uint32_t first_domid, unsigned int max_doms, xc_dominfo_t* info) {
    (void)xch;
    if (max_doms == 0 || first_domid >= DOMID_FIRST_RESERVED) {
        return 0;
    }
    memset(info, 0, sizeof *info);
    info->domid = first_domid;
    info->running = 1;
    return 1;
}

// ---- grants: a guest's ring cannot be mapped, so no guest can be introduced

xengnttab_handle* xengnttab_open(struct xentoollog_logger* logger, unsigned flags) {
    (void)logger, (void)flags;
    return (xengnttab_handle*)&handle;
}

int xengnttab_close(xengnttab_handle* xgt) {
    (void)xgt;
    return 0;
}

int xengnttab_set_max_grants(xengnttab_handle* xgt, uint32_t count) {
    (void)xgt, (void)count;
    return 0;
}

void* xengnttab_map_grant_ref(xengnttab_handle* xgt, uint32_t domid, uint32_t ref, int prot) {
    (void)xgt, (void)domid, (void)ref, (void)prot;
    errno = ENODEV;
    return NULL;
}

int xengnttab_unmap(xengnttab_handle* xgt, void* start_address, uint32_t count) {
    (void)xgt, (void)start_address, (void)count;
    return 0;
}

// ---- event channels: one descriptor that never becomes readable

static xenevtchn_handle* evtchn_handle(int fd) {
    event_fd = fd;
    return fd < 0 ? NULL : (xenevtchn_handle*)&handle;
}

xenevtchn_handle* xenevtchn_open(struct xentoollog_logger* logger, unsigned int flags) {
    (void)logger, (void)flags;
    return evtchn_handle(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

xenevtchn_handle* xenevtchn_fdopen(struct xentoollog_logger* logger, int fd, unsigned flags) {
    (void)logger, (void)flags;
    return evtchn_handle(fd);
}

int xenevtchn_close(xenevtchn_handle* xce) {
    (void)xce;
    const int fd = event_fd;
    event_fd = event_fd_unset;
    return fd < 0 ? 0 : close(fd);
}

int xenevtchn_fd(xenevtchn_handle* xce) {
    (void)xce;
    return event_fd;
}

xenevtchn_port_or_error_t xenevtchn_bind_virq(xenevtchn_handle* xce, unsigned int virq) {
    (void)xce, (void)virq;
    return virq_port;
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle* xce, uint32_t domid, evtchn_port_t remote) {
    (void)xce, (void)domid, (void)remote;
    return dom0_port;
}

int xenevtchn_unbind(xenevtchn_handle* xce, evtchn_port_t port) {
    (void)xce, (void)port;
    return 0;
}

int xenevtchn_notify(xenevtchn_handle* xce, evtchn_port_t port) {
    (void)xce, (void)port;
    return 0;
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle* xce) {
    (void)xce;
    return dom0_port;
}

int xenevtchn_unmask(xenevtchn_handle* xce, evtchn_port_t port) {
    (void)xce, (void)port;
    return 0;
}

// ---- what domain 0's kernel would offer in /proc/xen

static int event_channel_of_dom0(void) {
    static const char port[] = "1";
    const int fd = memfd_create("xsd_port", MFD_CLOEXEC);
    if (fd >= 0 && pwrite(fd, port, sizeof port - 1, 0) != sizeof port - 1) {
        close(fd);
        return -1;
    }
    return fd;
}

static int ring_of_dom0(void) {
    const int fd = memfd_create("xsd_kva", MFD_CLOEXEC);
    if (fd >= 0 && ftruncate(fd, sysconf(_SC_PAGESIZE)) != 0) { // zeros: an empty ring
        close(fd);
        return -1;
    }
    return fd;
}

static int open_or_answer(const char* path, int flags, mode_t mode) {
    if (strcmp(path, "/proc/xen/xsd_port") == 0) {
        return event_channel_of_dom0();
    }
    if (strcmp(path, "/proc/xen/xsd_kva") == 0) {
        return ring_of_dom0();
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static int takes_mode(int flags) {
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

int open(const char* path, int flags, ...) {
    mode_t mode = 0;
    if (takes_mode(flags)) {
        va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    return open_or_answer(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
    mode_t mode = 0;
    if (takes_mode(flags)) {
        va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    return open_or_answer(path, flags | O_LARGEFILE, mode);
}
