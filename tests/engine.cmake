# SPDX-License-Identifier: GPL-3.0-or-later

# The rings, the callback and the mixer, without JACK.
add_library(weir_rig STATIC cycle/rig.c cycle/feeder.c)
target_include_directories(weir_rig PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(weir_rig
    PUBLIC weir_engine PkgConfig::CRITERION
    PRIVATE weir_warnings)

weir_test(cycle
    SOURCES cycle/test_path.c cycle/test_gaps.c cycle/test_channels.c
        cycle/test_ramps.c cycle/test_solo.c cycle/test_sends.c
        cycle/test_tables.c cycle/test_taps.c cycle/test_meters.c
        cycle/test_stops.c cycle/test_late.c cycle/test_due.c cycle/model.c cycle/test_model.c
    LIBS weir_rig LABELS cycle)
# They look at every sample of minutes: not without any optimisation.
set_source_files_properties(
    cycle/model.c cycle/test_model.c cycle/test_path.c cycle/rig.c
    PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Debug>:-O1>)

weir_test(inserts SOURCES cycle/test_inserts.c cycle/test_insert_times.c
        cycle/fake_insert.c
    LIBS weir_rig m LABELS cycle)
weir_test(hold SOURCES cycle/test_hold.c LIBS weir_rig LABELS cycle threads)
weir_test(feed_mix SOURCES cycle/test_feed_mix.c LIBS weir_rig m LABELS cycle)
weir_test(feed_hostile SOURCES cycle/test_feed_hostile.c LIBS weir_rig m
    LABELS cycle threads)
weir_test(feed_wake SOURCES cycle/test_feed_wake.c LIBS weir_rig
    LABELS cycle threads)
target_link_options(test_feed_wake PRIVATE -Wl,--wrap=syscall)
weir_test(feed_clock SOURCES cycle/test_feed_clock.c LIBS weir_rig m
    LABELS cycle)
set_tests_properties(feed_clock PROPERTIES TIMEOUT 600)

weir_test(meter SOURCES unit/test_meter.c LIBS weir_engine LABELS unit)
weir_test(prefault SOURCES unit/test_prefault.c LABELS unit)
weir_test(kernels SOURCES unit/test_kernels.c LIBS weir_engine LABELS unit)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME kernels_on_aarch64
    COMMAND Python3::Interpreter -B
        ${CMAKE_CURRENT_SOURCE_DIR}/unit/kernels_on_aarch64.py)
set_tests_properties(kernels_on_aarch64 PROPERTIES
    LABELS model TIMEOUT 120 SKIP_RETURN_CODE 77)
weir_test(queue SOURCES unit/test_queue.c LIBS weir_engine LABELS unit)
weir_test(inputs SOURCES unit/test_inputs.c LIBS weir_engine LABELS unit)
weir_test(process SOURCES unit/test_process.c LIBS weir_engine
    LABELS unit threads)
target_include_directories(test_process PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
weir_test(mixer_thread SOURCES cycle/test_mixer_thread.c LIBS weir_rig
    LABELS cycle threads)

# What the callback and the mixer's block need from outside, and proof that
# the check can fail: what allocates breaks it, and so does another layer.
function(weir_symbols_test name layer)
    add_test(NAME ${name} COMMAND_EXPAND_LISTS
        COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/unit/rt-symbols.sh ${layer}
            ${ARGN})
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 60)
endfunction()
weir_symbols_test(rt_symbols rt $<TARGET_OBJECTS:weir_rt>)
weir_symbols_test(mixer_symbols mixer
    $<TARGET_OBJECTS:weir_mixer> $<TARGET_OBJECTS:weir_rt>)
weir_symbols_test(symbols_find_an_allocation rt
    $<TARGET_OBJECTS:weir_rt> $<TARGET_OBJECTS:weir_rt_control>)
set_tests_properties(symbols_find_an_allocation PROPERTIES
    PASS_REGULAR_EXPRESSION "rt objects must not need:.*calloc")
weir_symbols_test(symbols_find_a_wrong_layer rt $<TARGET_OBJECTS:weir_mixer>)
set_tests_properties(symbols_find_a_wrong_layer PROPERTIES WILL_FAIL ON)

weir_test(memory SOURCES unit/test_memory.c LIBS weir_engine LABELS unit)
foreach(function malloc calloc aligned_alloc free mmap munmap pthread_create)
    target_link_options(test_memory PRIVATE -Wl,--wrap=${function})
endforeach()
