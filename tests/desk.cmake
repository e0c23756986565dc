# SPDX-License-Identifier: GPL-3.0-or-later

# The desk and the OSC tree over a driven engine, without JACK.
add_library(weir_bench_desk STATIC desk/bench_desk.c)
target_include_directories(weir_bench_desk PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(weir_bench_desk
    PUBLIC weir_osc_server weir_desk weir_observe weir_attach_server
        PkgConfig::CRITERION PkgConfig::LIBLO
    PRIVATE weir_warnings)

weir_test(osc_tree SOURCES desk/test_osc_tree.c
    LIBS weir_bench_desk LABELS cycle)
weir_test(osc_feed SOURCES desk/test_osc_feed.c
    LIBS weir_bench_desk LABELS cycle)
# With plugins that are none, in the place of client/plugin's.
weir_test(osc_plugins SOURCES desk/test_osc_plugins.c desk/fake_plugins.c
    LIBS weir_bench_desk weir_made_up_time LABELS cycle)
weir_test(osc_ports SOURCES desk/test_osc_ports.c
    LIBS weir_bench_desk weir_made_up_time LABELS cycle)
weir_test(osc_times SOURCES desk/test_osc_times.c
    LIBS weir_bench_desk weir_made_up_time LABELS cycle)
weir_test(osc_subscriptions SOURCES desk/test_osc_subscriptions.c
    LIBS weir_bench_desk LABELS cycle)
