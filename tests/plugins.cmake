# SPDX-License-Identifier: GPL-3.0-or-later

include(lv2.cmake)

# weir_plugin_test(NAME SOURCE...): Criterion, with these plugins alone.
function(weir_plugin_test name)
    weir_test(${name} SOURCES ${ARGN} LIBS weir_plugin LABELS unit)
    add_dependencies(test_${name} lv2_set lv2_trouble)
    set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT
        "LV2_PATH=${WEIR_TEST_LV2}")
endfunction()

weir_plugin_test(plugin_host plugins/test_describe.c plugins/test_chain.c
    plugins/test_state.c plugins/rig.c)

# The host's own part of a block asks for nothing that could wait.
weir_symbols_test(plugin_symbols plugin
    $<TARGET_OBJECTS:weir_plugin_run> $<TARGET_OBJECTS:weir_rt>)

# Every plugin that is installed: tests/plugins/coverage.py
add_executable(plugin_coverage plugins/coverage.c)
target_link_libraries(plugin_coverage PRIVATE weir_plugin weir_warnings)
set_target_properties(plugin_coverage PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)

# Runners and the nursery are processes.
add_executable(plugin_runner plugins/runner_process.c)
target_link_libraries(plugin_runner PRIVATE weir_plugin weir_warnings)
set_target_properties(plugin_runner PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
weir_plugin_test(plugin_runner plugins/test_runner.c plugins/test_runner_told.c
    plugins/test_runner_hostile.c plugins/runner_rig.c plugins/nursery_find.c
    plugins/rig.c)
weir_plugin_test(plugin_nursery plugins/test_nursery.c plugins/test_flat.c
    plugins/nursery_rig.c plugins/nursery_find.c)
weir_plugin_test(plugin_nursery_dies plugins/test_nursery_deaths.c
    plugins/nursery_rig.c plugins/nursery_find.c)
weir_plugin_test(plugin_rack plugins/test_rack.c plugins/rig.c)
# The mixer with racks in it.
weir_plugin_test(plugin_bounce plugins/test_bounce.c plugins/mixed.c)
target_link_libraries(test_plugin_bounce PRIVATE weir_rig)
set_property(TEST plugin_runner plugin_nursery plugin_nursery_dies plugin_rack
    plugin_bounce APPEND PROPERTY ENVIRONMENT
    "WEIR_RUNNER=$<TARGET_FILE:plugin_runner>"
    # Runners crash on purpose: no report of it.
    "ASAN_OPTIONS=handle_segv=0:handle_abort=0:handle_sigill=0")
set_property(TEST plugin_nursery_dies APPEND PROPERTY ENVIRONMENT
    "LSAN_OPTIONS=print_suppressions=0:suppressions=${CMAKE_CURRENT_SOURCE_DIR}/plugins/lsan.supp")
add_dependencies(test_plugin_runner plugin_runner)
add_dependencies(test_plugin_nursery plugin_runner)
add_dependencies(test_plugin_nursery_dies plugin_runner)
add_dependencies(test_plugin_rack plugin_runner)
add_dependencies(test_plugin_bounce plugin_runner)
