// SPDX-License-Identifier: LGPL-2.1-or-later
#include "floor_kernel.h"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <sys/socket.h>

static struct nl_sock* kernel;

void require(int done) {
    if (!done)
        exit(1);
}

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

struct link find_link(int index, const char* name) {
    struct link link = {0};
    struct nl_msg* message = link_message(RTM_GETLINK, NLM_F_REQUEST, index, 0, 0);
    nla_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    if (name)
        nla_put_string(message, IFLA_IFNAME, name);
    exchange(message, take_link, &link);
    require(link.index != 0);
    return link;
}

void list_addresses(int index) {
    struct nl_msg* message = nlmsg_alloc_simple(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP);
    struct ifaddrmsg header = {.ifa_index = (unsigned)index};
    nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO);
    exchange(message, take_nothing, NULL);
}

void set_master(int index, int master) {
    struct nl_msg* message = link_message(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, index, 0, 0);
    nla_put_u32(message, IFLA_MASTER, (uint32_t)master);
    exchange(message, take_nothing, NULL);
}

void set_up(int index, unsigned up) {
    exchange(link_message(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, index, up, IFF_UP), take_nothing, NULL);
}

void open_kernel(void) {
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

void list_links(void) {
    struct nl_msg* message = link_message(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 0, 0, 0);
    nla_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    exchange(message, take_nothing, NULL);
}

void close_kernel(void) {
    nl_socket_free(kernel);
}
