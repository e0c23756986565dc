# SPDX-License-Identifier: GPL-3.0-or-later

# Who may do what.
add_library(intruder SHARED faults/intruder.c)
target_link_libraries(intruder PRIVATE weir_warnings)
set_target_properties(intruder PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)

weir_jack_test(sandbox faults/sandbox.py faults)
weir_jack_test(users faults/users.py faults)
weir_jack_test(units faults/units.py faults)
