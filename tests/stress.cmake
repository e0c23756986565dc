# SPDX-License-Identifier: GPL-3.0-or-later

# The rings, for long, between threads and between processes, with every frame
# numbered: also under ThreadSanitizer. Programs without Criterion, which has
# processes and a sandbox of its own.
add_library(weir_stress STATIC stress/stress.c)
target_link_libraries(weir_stress PRIVATE weir_warnings Threads::Threads)

foreach(ring inputs queue broadcast)
    add_executable(stress_${ring} stress/${ring}.c)
    target_include_directories(stress_${ring}
        PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(stress_${ring}
        PRIVATE weir_stress weir_engine weir_warnings Threads::Threads)
    set_target_properties(stress_${ring} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    add_dependencies(tsan_programs stress_${ring})
endforeach()

# weir_stress_test(NAME RING ARGUMENT...): they fail by themselves when nothing
# moves any more; the time-out is for when even that fails.
function(weir_stress_test name ring)
    add_test(NAME stress_${name} COMMAND stress_${ring} ${ARGN})
    set_tests_properties(stress_${name} PROPERTIES
        LABELS threads TIMEOUT 300 PROCESSORS 2
        FAIL_REGULAR_EXPRESSION "Sanitizer: |runtime error: ")
endfunction()
foreach(kind threads processes)
    weir_stress_test(inputs_${kind} inputs ${kind} wait)
    weir_stress_test(inputs_${kind}_full inputs ${kind} drop)
    weir_stress_test(queue_${kind} queue ${kind})
    weir_stress_test(broadcast_${kind} broadcast ${kind} 2 20000000)
endforeach()
weir_stress_test(broadcast_mono broadcast processes 1 10000000)
weir_stress_test(broadcast_three broadcast processes 3 10000000)

# Nothing arrives: that is no success.
foreach(kind threads processes)
    weir_stress_test(notices_a_stall_of_${kind} inputs ${kind} nothing)
    set_tests_properties(stress_notices_a_stall_of_${kind} PROPERTIES
        ENVIRONMENT STRESS_STALL_S=2
        PASS_REGULAR_EXPRESSION
            "nothing has moved for 2 s: writer at 0 .done. reader at 0")
endforeach()
