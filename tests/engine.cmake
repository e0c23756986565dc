# SPDX-License-Identifier: GPL-3.0-or-later

# The rings, the callback and the mixer, without JACK.
add_library(weir_rig STATIC cycle/rig.c)
target_include_directories(weir_rig PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(weir_rig
    PUBLIC weir_engine PkgConfig::CRITERION
    PRIVATE weir_warnings)

weir_test(cycle
    SOURCES cycle/test_path.c cycle/test_gaps.c cycle/test_channels.c
        cycle/test_ramps.c cycle/test_solo.c cycle/test_sends.c
        cycle/test_tables.c cycle/test_taps.c cycle/test_meters.c
        cycle/model.c cycle/test_model.c
    LIBS weir_rig LABELS cycle)

weir_test(meter SOURCES unit/test_meter.c LIBS weir_engine LABELS unit)
weir_test(kernels SOURCES unit/test_kernels.c LIBS weir_engine LABELS unit)
weir_test(queue SOURCES unit/test_queue.c LIBS weir_engine LABELS unit threads)
target_include_directories(test_queue PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
weir_test(inputs SOURCES unit/test_inputs.c LIBS weir_engine
    LABELS unit threads)
target_include_directories(test_inputs PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
weir_test(process SOURCES unit/test_process.c LIBS weir_engine
    LABELS unit threads)
target_include_directories(test_process PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
weir_test(mixer_thread SOURCES cycle/test_mixer_thread.c LIBS weir_rig
    LABELS cycle threads)
