# SPDX-License-Identifier: GPL-3.0-or-later

# Packets, patterns, values, text and weirctl.
foreach(part validate match values text)
    weir_test(osc_${part} SOURCES unit/test_osc_${part}.c
              LIBS weir_osc_base LABELS unit)
endforeach()

# weirctl as a process, against a mixer that is played by a script.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME weirctl
         COMMAND Python3::Interpreter -B
                 ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_weirctl.py
                 $<TARGET_FILE:weirctl>)
set_tests_properties(weirctl PROPERTIES
    LABELS unit TIMEOUT 120
    FAIL_REGULAR_EXPRESSION "Sanitizer: |runtime error: ")
