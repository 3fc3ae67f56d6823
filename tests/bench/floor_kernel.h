// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the floors ask of the kernel, each in one message. The process ends with 1 where one is refused.
#pragma once

struct link {
    int index;
    unsigned master; ///< 0 when it has none
};

void require(int done);

void open_kernel(void);
void close_kernel(void);

/// By `index`, or by `name` where it is not NULL.
struct link find_link(int index, const char* name);
void list_links(void);
void list_addresses(int index); ///< 0: of all
void set_master(int index, int master);
void set_up(int index, unsigned up);
