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
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <xenstore.h>

static struct nl_sock* kernel;
static struct xs_handle* store;
static const char* backend;

static void require(int done) {
    if (!done)
        exit(1);
}

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

// --- netlink --------------------------------------------------------------------------------------------------------

struct link {
    int index;
    unsigned master;
};

static int take_link(struct nl_msg* message, void* into) {
    struct link* link = into;
    const struct ifinfomsg* header = nlmsg_data(nlmsg_hdr(message));
    const struct nlattr* master = nlmsg_find_attr(nlmsg_hdr(message), sizeof *header, IFLA_MASTER);
    link->index = header->ifi_index;
    link->master = master ? nla_get_u32(master) : 0;
    return NL_OK;
}

static int take_nothing(struct nl_msg* message, void* unused) {
    (void)message;
    (void)unused;
    return NL_OK;
}

static struct nl_msg* link_message(int type, int flags, int index, unsigned up, unsigned change) {
    struct nl_msg* message = nlmsg_alloc_simple(type, flags);
    struct ifinfomsg header = {.ifi_index = index, .ifi_flags = up, .ifi_change = change};
    nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO);
    return message;
}

static void exchange(struct nl_msg* message, nl_recvmsg_msg_cb_t take, void* into) {
    nl_socket_modify_cb(kernel, NL_CB_VALID, NL_CB_CUSTOM, take, into);
    require(nl_send_auto(kernel, message) >= 0 && nl_recvmsgs_default(kernel) >= 0);
    nlmsg_free(message);
}

static struct link find_link(int index, const char* name) {
    struct link link = {0};
    struct nl_msg* message = link_message(RTM_GETLINK, NLM_F_REQUEST, index, 0, 0);
    nla_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    if (name)
        nla_put_string(message, IFLA_IFNAME, name);
    exchange(message, take_link, &link);
    require(link.index != 0);
    return link;
}

static void list_addresses(int index) {
    struct nl_msg* message = nlmsg_alloc_simple(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP);
    struct ifaddrmsg header = {.ifa_index = (unsigned)index};
    nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO);
    exchange(message, take_nothing, NULL);
}

static void set_master(int index, int master) {
    struct nl_msg* message = link_message(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, index, 0, 0);
    nla_put_u32(message, IFLA_MASTER, (uint32_t)master);
    exchange(message, take_nothing, NULL);
}

static void set_up(int index, unsigned up) {
    exchange(link_message(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, index, up, IFF_UP), take_nothing, NULL);
}

static void open_kernel(void) {
    const int on = 1;
    kernel = nl_socket_alloc();
    require(kernel != NULL);
    nl_socket_disable_auto_ack(kernel);
    nl_socket_disable_msg_peek(kernel);
    require(nl_connect(kernel, NETLINK_ROUTE) == 0);
    // Without it the kernel ignores which netdev's addresses are asked for.
    setsockopt(nl_socket_get_fd(kernel), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
    nl_socket_set_msg_buf_size(kernel, 32768);
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
    nl_socket_free(kernel);
    xs_close(store);
    return 0;
}
