// SPDX-License-Identifier: LGPL-2.1-or-later
//
// bench-vifplugd-floor: the least that a daemon can cost that puts vifs on their bridge with libnl and libxenstore. It
// reads what vifplugd reads, asks the kernel what vifplugd asks, and tells the store what vifplugd tells it, in the
// same transaction. It decides nothing and keeps nothing: it is right for the vifs of the benchmark and for no others.
//
// What vifplugd does and this does not: a deadline, a lock for each vif, the records of netdevs and VLANs, the log, the
// kernel's reasons for a refusal, and to listen to what happens to the ports afterwards, which is what it is for.
// The benchmark compares both programs' messages at every run, so this cannot fall behind unnoticed.
#include "floor_kernel.h"

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <xenstore.h>

enum { longest_path = 128 };

static struct xs_handle* store;
static struct xs_handle* watch; // of its own, as vifplugd has it

// --- xenstore -------------------------------------------------------------------------------------------------------

struct vif {
    unsigned domid;
    unsigned devid;
};

static const char* backend_node(struct vif vif, const char* key) {
    static char path[longest_path];
    snprintf(path, sizeof path, "backend/vif/%u/%u%s%s", vif.domid, vif.devid, *key ? "/" : "", key);
    return path;
}

static const char* frontend_node(struct vif vif, const char* key) {
    static char path[longest_path];
    snprintf(path, sizeof path, "/local/domain/%u/device/vif/%u%s%s", vif.domid, vif.devid, *key ? "/" : "", key);
    return path;
}

static char* read_in(xs_transaction_t transaction, const char* path) {
    unsigned length;
    return xs_read(store, transaction, path, &length);
}

static void look_into(const char* path) {
    free(read_in(XBT_NULL, path));
}

static int is_to_be_placed(struct vif vif) {
    char* state = read_in(XBT_NULL, backend_node(vif, "state"));
    const int is = state && strcmp(state, "2") == 0;
    free(state);
    return is;
}

static void write_in(xs_transaction_t transaction, const char* path, const char* value) {
    require(xs_write(store, transaction, path, value, (unsigned)strlen(value)));
}

static void tell_the_store(struct vif vif) {
    xs_transaction_t transaction;
    look_into(backend_node(vif, "hotplug-status"));
    look_into(frontend_node(vif, "mtu"));
    do {
        transaction = xs_transaction_start(store);
        require(transaction != XBT_NULL);
        free(read_in(transaction, backend_node(vif, "")));
        free(read_in(transaction, frontend_node(vif, "")));
        write_in(transaction, frontend_node(vif, "mtu"), "1500");
        write_in(transaction, backend_node(vif, "hotplug-status"), "connected");
    } while (!xs_transaction_end(store, transaction, 0));
}

// --- the start ------------------------------------------------------------------------------------------------------

static void adopt(struct vif vif) {
    unsigned count;
    free(xs_directory(store, XBT_NULL, backend_node(vif, ""), &count));
    const int has_place = is_to_be_placed(vif);
    look_into(backend_node(vif, "online"));
    look_into(backend_node(vif, "script"));
    if (!has_place)
        return;
    look_into(backend_node(vif, "bridge"));
    look_into(backend_node(vif, "hotplug-status"));
}

static void adopt_domain(const char* domain) {
    char path[longest_path];
    unsigned count;
    snprintf(path, sizeof path, "backend/vif/%s", domain);
    char** devices = xs_directory(store, XBT_NULL, path, &count);
    require(devices != NULL);
    for (unsigned i = 0; i < count; ++i)
        adopt((struct vif){.domid = (unsigned)atoi(domain), .devid = (unsigned)atoi(devices[i])});
    free(devices);
}

static void adopt_all(void) {
    unsigned count;
    look_into("domid");
    list_links();
    list_addresses(0);
    char** domains = xs_directory(store, XBT_NULL, "backend/vif", &count);
    require(domains != NULL);
    for (unsigned i = 0; i < count; ++i)
        adopt_domain(domains[i]);
    free(domains);
}

static void tell_ready(void) {
    static const char ready[] = "READY=1";
    const char* path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    require(path && strlen(path) < sizeof address.sun_path);
    strcpy(address.sun_path, path);
    const int end = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    require(sendto(end, ready, strlen(ready), 0, (struct sockaddr*)&address, length) > 0);
    close(end);
}

// --- the work -------------------------------------------------------------------------------------------------------

static void stop_ipv6(const char* name, int index) {
    char path[longest_path];
    snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
    const int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) // a kernel without IPv6
        return;
    require(if_nametoindex(name) == (unsigned)index && write(file, "1", 1) == 1);
    close(file);
}

static void place(struct vif vif) {
    char name[IFNAMSIZ];
    snprintf(name, sizeof name, "vif%u.%u", vif.domid, vif.devid);
    char* bridge = read_in(XBT_NULL, backend_node(vif, "bridge"));
    require(bridge != NULL);
    const struct link port = find_link(0, name);
    const struct link master = find_link(0, bridge);
    free(bridge);
    list_addresses(port.index);
    stop_ipv6(name, port.index);
    set_master(port.index, master.index);
    set_up(port.index, IFF_UP);
    tell_the_store(vif);
}

enum { most_vifs = 65536, at_a_time = 10 };

static struct vif waiting[most_vifs];
static unsigned last, next;

static void heard(const char* path) {
    struct vif vif;
    char key[16];
    if (sscanf(path, "backend/vif/%u/%u/%15s", &vif.domid, &vif.devid, key) == 3 && strcmp(key, "state") == 0)
        waiting[last++ % most_vifs] = vif;
}

/// All that there is: xenstored compares each new event with all that a connection has not read yet.
static void hear(void) {
    char** event;
    while ((event = xs_check_watch(watch)) != NULL) {
        heard(event[XS_WATCH_PATH]);
        free(event);
    }
}

static void work(void) {
    for (unsigned done = 0; next != last && done < at_a_time; ++done) {
        const struct vif vif = waiting[next++ % most_vifs];
        if (is_to_be_placed(vif))
            place(vif);
    }
}

/// libxenstore, linked as here, does not tell which one it uses: it will be the lowest one that is free (POSIX).
static int next_descriptor(void) {
    const int next = dup(STDERR_FILENO);
    close(next);
    return next;
}

int main(void) {
    struct pollfd events = {.events = POLLIN};
    store = xs_open(XS_OPEN_SOCKETONLY);
    events.fd = next_descriptor();
    watch = xs_open(XS_OPEN_SOCKETONLY);
    require(store != NULL && watch != NULL && xs_watch(watch, "backend/vif", "vifs"));
    open_kernel();
    adopt_all();
    tell_ready();
    while (next != last || poll(&events, 1, -1) == 1) {
        hear();
        work();
    }
    return 0;
}
