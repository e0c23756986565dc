# SPDX-License-Identifier: GPL-3.0-or-later

# Whole programs: clients to measure weir beside, the least a recorder can
# do, and the engine driven without a server.
add_executable(bench_client client.c)
target_link_libraries(bench_client PRIVATE PkgConfig::JACK weir_warnings)
add_executable(bench_write write.c)
target_link_libraries(bench_write PRIVATE weir_warnings)
add_executable(bench_growth growth.c)
target_link_libraries(bench_growth PRIVATE weir_engine weir_warnings)
