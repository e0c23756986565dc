# SPDX-License-Identifier: GPL-3.0-or-later

# Whole programs: clients to measure weir beside, the least a recorder can
# do, and the engine driven without a server.
add_executable(bench_client client.c)
target_link_libraries(bench_client PRIVATE PkgConfig::JACK weir_warnings m)
add_executable(bench_write write.c)
target_link_libraries(bench_write PRIVATE weir_warnings)
# Over OSC: what is heard of a set, how many sets are too many, and those who
# listen.
add_executable(bench_sound sound.c)
target_link_libraries(bench_sound
    PRIVATE PkgConfig::JACK PkgConfig::LIBLO weir_warnings)
add_executable(bench_osc_load osc_load.c)
target_link_libraries(bench_osc_load PRIVATE PkgConfig::LIBLO weir_warnings m)
add_executable(bench_osc_listen osc_listen.c)
target_link_libraries(bench_osc_listen PRIVATE PkgConfig::LIBLO weir_warnings)
add_executable(bench_growth growth.c)
target_link_libraries(bench_growth PRIVATE weir_engine weir_warnings)
