# SPDX-License-Identifier: GPL-3.0-or-later

# The broadcast ring, the attach socket, libweir and the programs on it.
weir_test(wire SOURCES unit/test_wire.c LIBS weir_wire LABELS unit)
weir_test(broadcast SOURCES unit/test_broadcast.c LABELS unit)
weir_test(broadcast_threads SOURCES unit/test_broadcast_threads.c
    LABELS unit threads)

# Weir as its readers see it, for tests.
add_library(fake_weir STATIC unit/fake_weir.c)
target_link_libraries(fake_weir PUBLIC weir_wire PRIVATE weir_warnings)
target_include_directories(fake_weir INTERFACE unit)
weir_test(reader SOURCES unit/test_reader.c LIBS weir_reader fake_weir m
    LABELS unit threads)
weir_test(program SOURCES unit/test_program.c LIBS weir_program LABELS unit)
weir_test(take SOURCES unit/test_take.c LIBS weir_record_parts LABELS unit)

add_executable(fake_weir_process unit/fake_weir_main.c)
target_link_libraries(fake_weir_process PRIVATE fake_weir weir_warnings)
set_target_properties(fake_weir_process PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
