# SPDX-License-Identifier: GPL-3.0-or-later

# Packets, patterns, values, text and weirctl.
foreach(part validate match glob values text)
    weir_test(osc_${part} SOURCES unit/test_osc_${part}.c
              LIBS weir_osc_base LABELS unit)
endforeach()

# Packets on streams.
foreach(part framing backlog)
    weir_test(osc_${part} SOURCES unit/test_osc_${part}.c
              LIBS weir_osc_stream LABELS unit)
endforeach()

weir_test(osc_streams SOURCES unit/test_osc_streams.c
    LIBS weir_osc_server weir_desk weir_common LABELS unit)

weir_test(ctl_meters SOURCES unit/test_ctl_meters.c
          LIBS weir_ctl_meters m LABELS unit)

# weirctl as a process, on pipes and terminals, against a mixer that is played
# by a script.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
foreach(part weirctl watch meters)
    add_test(NAME ${part}
             COMMAND Python3::Interpreter -B
                     ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_${part}.py
                     $<TARGET_FILE:weirctl>)
    set_tests_properties(${part} PROPERTIES
        LABELS unit TIMEOUT 120
        FAIL_REGULAR_EXPRESSION "Sanitizer: |runtime error: ")
endforeach()

# What bash offers.
add_test(NAME completion
         COMMAND Python3::Interpreter -B
                 ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_completion.py
                 $<TARGET_FILE:weirctl>
                 ${PROJECT_SOURCE_DIR}/oscctl/ctl/weirctl.bash
                 ${PROJECT_SOURCE_DIR}/docs/osc.md)
set_tests_properties(completion PROPERTIES LABELS unit TIMEOUT 120)

# Session files.
weir_test(session_text SOURCES unit/test_session_text.c
          LIBS weir_session weir_session_text weir_desk weir_osc_base m
          LABELS unit)
