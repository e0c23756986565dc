# SPDX-License-Identifier: GPL-3.0-or-later

# What docs/ says, held to the programs and their sources.
weir_jack_test(docs_osc docs/osc_table.py jack)
weir_jack_test(docs_surfaces docs/surfaces.py jack)
add_test(NAME docs_man
    COMMAND Python3::Interpreter -B
            ${CMAKE_CURRENT_SOURCE_DIR}/docs/man_options.py)
set_tests_properties(docs_man PROPERTIES
    LABELS unit TIMEOUT 60
    ENVIRONMENT "WEIR_BIN=${PROJECT_BINARY_DIR}/bin")
foreach(part orders attach_layout streaming)
    add_test(NAME docs_${part}
        COMMAND Python3::Interpreter -B
                ${CMAKE_CURRENT_SOURCE_DIR}/docs/${part}.py)
    set_tests_properties(docs_${part} PROPERTIES
        LABELS unit TIMEOUT 60 ENVIRONMENT "CC=${CMAKE_C_COMPILER}")
endforeach()
# Only here are all tests registered that the page names.
if(NOT WEIR_SANITIZE)
    add_test(NAME docs_reliability
        COMMAND Python3::Interpreter -B
                ${CMAKE_CURRENT_SOURCE_DIR}/docs/reliability.py)
    set_tests_properties(docs_reliability PROPERTIES
        LABELS unit TIMEOUT 60
        ENVIRONMENT "WEIR_BUILD=${PROJECT_BINARY_DIR}")
endif()

# How tests/run counts, and who gets a second try.
add_test(NAME tests_run
    COMMAND Python3::Interpreter -B
            ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_run.py)
set_tests_properties(tests_run PROPERTIES
    LABELS unit TIMEOUT 120 ENVIRONMENT "WEIR_CTEST=${CMAKE_CTEST_COMMAND}")
