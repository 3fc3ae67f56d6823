// SPDX-License-Identifier: LGPL-2.1-or-later
//
// main() of the tests that change network interfaces: all of them run in a sandbox.
#include "support/sandbox.hpp"

#include <cstdio>
#include <exception>
#include <gtest/gtest.h>

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    if (testing::GTEST_FLAG(list_tests))
        return RUN_ALL_TESTS();
    try {
        return vifplug::test::in_sandbox([] { return RUN_ALL_TESTS(); });
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "%s\n", failure.what());
        return 1;
    }
}
