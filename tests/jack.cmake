# SPDX-License-Identifier: GPL-3.0-or-later

# weir as a process, at a real JACK server without sound.
foreach(tool generator capture cycles freewheel labels late segments)
    add_executable(jack_${tool} jack/${tool}.c)
    target_link_libraries(jack_${tool}
        PRIVATE PkgConfig::JACK weir_warnings m)
    set_target_properties(jack_${tool} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
endforeach()

# Preloaded into weir by faults/mixer_stops.py.
add_library(mixer_stops SHARED faults/mixer_stops.c)
target_link_libraries(mixer_stops PRIVATE weir_warnings)
set_target_properties(mixer_stops PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)

# Preloaded into weir by faults/neighbour_stops.py.
add_library(jack_calls SHARED faults/jack_calls.c)
target_link_libraries(jack_calls PRIVATE weir_warnings ${CMAKE_DL_LIBS})
set_target_properties(jack_calls PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)

# Preloaded into weir by faults/periods.py.
add_library(jack_witness SHARED faults/jack_witness.c)
target_link_libraries(jack_witness
    PRIVATE PkgConfig::JACK weir_warnings ${CMAKE_DL_LIBS})
target_compile_definitions(jack_witness PRIVATE _GNU_SOURCE)
set_target_properties(jack_witness PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)

# Preloaded into weir by faults/session.py.
add_library(poison SHARED faults/poison.c)
target_link_libraries(poison
    PRIVATE PkgConfig::JACK weir_warnings ${CMAKE_DL_LIBS})
target_compile_definitions(poison PRIVATE _GNU_SOURCE)
set_target_properties(poison PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)

# Preloaded into weir by faults/no_realtime.py.
add_library(no_budget SHARED faults/no_budget.c)
target_link_libraries(no_budget PRIVATE weir_warnings ${CMAKE_DL_LIBS})
target_compile_definitions(no_budget PRIVATE _GNU_SOURCE)
set_target_properties(no_budget PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)

# JACK's graph as the test has it.
weir_test(patching_waits
    SOURCES jack/test_patching.c ${PROJECT_SOURCE_DIR}/client/jack/patching.c
        ${PROJECT_SOURCE_DIR}/client/jack/worker.c
        ${PROJECT_SOURCE_DIR}/client/jack/connections.c
        ${PROJECT_SOURCE_DIR}/client/jack/reconnect.c
    LIBS weir_desk weir_common PkgConfig::JACK LABELS unit threads)

weir_test(connections
    SOURCES unit/test_connections.c
        ${PROJECT_SOURCE_DIR}/client/jack/connections.c LABELS unit)

# weir_jack_test(NAME SCRIPT LABEL [VARIABLE=VALUE...]): each has a machine of
# its own, see rig.py, which says 77 where what it needs is not installed. By
# the label `server` tests/run knows who may try again.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
function(weir_jack_test name script label)
    add_test(NAME ${name}
        COMMAND Python3::Interpreter -B
                ${CMAKE_CURRENT_SOURCE_DIR}/${script})
    set_tests_properties(${name} PROPERTIES
        LABELS "${label};server" TIMEOUT 600 SKIP_RETURN_CODE 77
        ENVIRONMENT "WEIR_BIN=${PROJECT_BINARY_DIR}/bin;WEIR_TOOLS=${PROJECT_BINARY_DIR}/tests;WEIR_BUILD=${PROJECT_BINARY_DIR};PYTHONPATH=${CMAKE_CURRENT_SOURCE_DIR}/jack;${ARGN}")
endfunction()

# weir_pipewire_tests(LABEL SCRIPT...): the same at a PipeWire, as
# NAME_pipewire. The preset pipewire runs all of them, dev leaves out those
# with the label pipewire_more, to which JACK matters least.
function(weir_pipewire_tests label)
    foreach(script ${ARGN})
        get_filename_component(name ${script} NAME_WE)
        weir_jack_test(${name}_pipewire ${script} "pipewire;${label}"
            WEIR_SERVER=pipewire)
    endforeach()
endfunction()

weir_jack_test(path_is_exact jack/path_is_exact.py jack)
weir_jack_test(instances jack/instances.py jack)
weir_jack_test(memory_stays jack/memory_stays.py jack)
weir_jack_test(takes_are_exact jack/takes_are_exact.py jack)
weir_jack_test(readers jack/readers.py jack)
weir_jack_test(streamer jack/streamer.py jack)
weir_jack_test(feeds jack/feeds.py jack)
weir_jack_test(ending faults/ending.py faults)
weir_jack_test(comeback faults/comeback.py faults)
weir_jack_test(thrown_out faults/thrown_out.py faults)
weir_jack_test(goes_on faults/goes_on.py faults)
weir_jack_test(periods faults/periods.py faults)
weir_jack_test(neighbour_stops faults/neighbour_stops.py faults)
weir_jack_test(losing faults/losing.py faults)
weir_jack_test(readers_storm faults/readers_storm.py faults)
weir_jack_test(no_realtime faults/no_realtime.py faults)
weir_jack_test(sessions faults/session.py faults)
weir_jack_test(bad_samples faults/bad_samples.py faults)
weir_jack_test(plugin_faults faults/plugins.py faults)
weir_jack_test(plugin_nursery_faults faults/nursery.py faults)
weir_jack_test(plugin_periods faults/plugin_periods.py faults)
weir_jack_test(load faults/load.py faults)
weir_jack_test(watchdog faults/watchdog.py faults)
weir_jack_test(mixer_stops faults/mixer_stops.py faults)
weir_jack_test(freewheel faults/freewheel.py faults)
weir_jack_test(time_tags jack/time_tags.py jack)
weir_jack_test(plugins_osc jack/plugins.py jack "LV2_PATH=${WEIR_TEST_LV2}")
weir_jack_test(plugin_latency jack/plugin_latency.py jack)
weir_jack_test(status jack/status.py jack)
weir_jack_test(patching jack/patching.py jack)
weir_jack_test(port_labels jack/port_labels.py jack)
weir_jack_test(osc_contract jack/osc_contract.py jack)
weir_jack_test(streams jack/streams.py jack)
weir_jack_test(osc_subscribers jack/subscriptions.py jack)
weir_jack_test(osc_survives jack/osc_survives.py jack)
weir_jack_test(weirctl_round_trip jack/weirctl_round_trip.py jack)
weir_jack_test(weirctl_live jack/weirctl_live.py jack)
weir_jack_test(levels jack/levels.py jack)
weir_jack_test(strangers jack/strangers.py jack)
weir_jack_test(installed jack/installed.py jack)
weir_jack_test(calls_are_few jack/calls_are_few.py jack)
weir_jack_test(bench_whole bench/test_whole.py jack "LV2_PATH=${WEIR_TEST_LV2}")

weir_pipewire_tests(jack
    jack/path_is_exact.py jack/instances.py jack/memory_stays.py
    jack/takes_are_exact.py jack/readers.py jack/feeds.py jack/time_tags.py
    jack/patching.py jack/port_labels.py jack/osc_contract.py jack/status.py)
weir_pipewire_tests(faults
    faults/ending.py faults/comeback.py faults/periods.py)
weir_pipewire_tests(pipewire_more
    jack/streamer.py jack/streams.py jack/subscriptions.py
    jack/osc_survives.py jack/weirctl_round_trip.py jack/weirctl_live.py
    jack/levels.py jack/strangers.py jack/installed.py jack/calls_are_few.py
    faults/losing.py faults/mixer_stops.py)

# Plugins in strips of a running weir.
weir_jack_test(plugins_live plugins/live.py jack
    "LV2_PATH=${WEIR_TEST_LV2}:/usr/lib/lv2")
