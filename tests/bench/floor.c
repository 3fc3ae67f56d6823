// SPDX-License-Identifier: LGPL-2.1-or-later
//
// bench-floor online|offline: the least that putting a vif on its bridge, or taking it off, can cost any program that
// does it with libnl and libxenstore. It reads what vif-bridge reads, asks the kernel what vif-bridge asks, changes
// what vif-bridge changes, and decides nothing: it is right for the one case that is measured and for no other.
//
// What vif-bridge does and this does not, each for a safety that the floor does without:
//  * the store is told in a transaction (three more requests: start, is the backend still there, end);
//  * extended acknowledgements (NETLINK_EXT_ACK, one setsockopt), which carry the kernel's reasons for a refusal;
//  * a deadline, a lock, the record of a renamed netdev, hooks, the log, the look at bridge-nf-call-iptables.
// The benchmark compares both programs' messages at every run, so this cannot fall behind unnoticed.
#include "floor_kernel.h"

#include <linux/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

static struct xs_handle* store;
static const char* backend;

// --- xenstore -------------------------------------------------------------------------------------------------------

static char* read_node(const char* path) {
    unsigned length;
    return xs_read(store, XBT_NULL, path, &length);
}

static const char* backend_node(const char* key) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", backend, key);
    return path;
}

// --- the two calls --------------------------------------------------------------------------------------------------

static void tell_the_store(void) {
    unsigned domid, devid;
    char mtu[64];
    require(sscanf(backend, "backend/vif/%u/%u", &domid, &devid) == 2);
    snprintf(mtu, sizeof mtu, "/local/domain/%u/device/vif/%u/mtu", domid, devid);
    read_node(backend_node("hotplug-status"));
    read_node(backend_node("hotplug-error"));
    read_node(mtu);
    require(xs_write(store, XBT_NULL, backend_node("hotplug-status"), "connected", strlen("connected")));
}

static void online(const char* vif) {
    read_node(backend_node("vifname"));
    const char* bridge = read_node(backend_node("bridge"));
    read_node(backend_node("mtu"));
    read_node(backend_node("vlan"));
    read_node(backend_node("ip"));
    require(bridge != NULL);
    const struct link port = find_link(0, vif);
    const struct link master = find_link(0, bridge);
    list_addresses(port.index);
    set_master(port.index, master.index);
    set_up(port.index, IFF_UP);
    tell_the_store();
}

static void offline(const char* vif) {
    read_node(backend_node("vifname"));
    const struct link port = find_link(0, vif);
    find_link((int)port.master, NULL);
    set_up(port.index, 0);
    set_master(port.index, 0);
}

int main(int argc, char** argv) {
    const char* vif = getenv("vif");
    backend = getenv("XENBUS_PATH");
    require(argc > 1 && vif && backend);
    store = xs_open(XS_OPEN_SOCKETONLY);
    require(store != NULL);
    open_kernel();
    if (strcmp(argv[1], "online") == 0)
        online(vif);
    else
        offline(vif);
    close_kernel();
    xs_close(store);
    return 0;
}
