# SPDX-License-Identifier: GPL-3.0-or-later

# weir-stream: its parts, and the whole at real Icecast servers.
weir_test(stream_store SOURCES unit/test_stream_store.c
    LIBS weir_stream_parts LABELS unit threads)
weir_test(stream_targets SOURCES unit/test_stream_targets.c
    LIBS weir_stream_parts LABELS unit)

# Preloaded by stream/servers.py.
add_library(slow_names SHARED stream/slow_names.c)
target_link_libraries(slow_names PRIVATE weir_warnings)
set_target_properties(slow_names PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)

# weir_stream_test(NAME SCRIPT): no JACK; most of the time they wait.
function(weir_stream_test name script)
    add_test(NAME ${name}
        COMMAND Python3::Interpreter -B
                ${CMAKE_CURRENT_SOURCE_DIR}/stream/${script})
    set_tests_properties(${name} PROPERTIES
        LABELS "stream;server" TIMEOUT 600
        ENVIRONMENT "WEIR_BIN=${PROJECT_BINARY_DIR}/bin;WEIR_FAKE=$<TARGET_FILE:fake_weir_process>;WEIR_SLOW_NAMES=$<TARGET_FILE:slow_names>;PYTHONPATH=${CMAKE_CURRENT_SOURCE_DIR}/faults")
endfunction()
weir_stream_test(stream_listeners listeners.py)
weir_stream_test(stream_servers servers.py)
weir_stream_test(stream_tls tls.py)
