# SPDX-License-Identifier: GPL-3.0-or-later

# The real-time rule, watched in running programs: by a preloaded library, or
# in the preset rtsan by the sanitizer. docs/design.md says what proves what.
add_executable(misdeeds realtime/misdeeds.c)
target_link_libraries(misdeeds PRIVATE PkgConfig::JACK weir_warnings
    Threads::Threads)
set_target_properties(misdeeds PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)

# weir_realtime_test(NAME WATCH): realtime/NAME.py.
function(weir_realtime_test name watch)
    weir_jack_test(realtime_${name} realtime/${name}.py realtime)
    set_property(TEST realtime_${name} APPEND PROPERTY
        ENVIRONMENT "WEIR_WATCH=${watch}")
    set_tests_properties(realtime_${name} PROPERTIES SKIP_RETURN_CODE 77)
endfunction()

if(WEIR_SANITIZE MATCHES "realtime")
    # It does on purpose what the compiler finds.
    target_compile_options(misdeeds PRIVATE -Wno-function-effects)
    weir_realtime_test(keeps_the_rule rtsan)
    weir_realtime_test(misdeeds rtsan)

    # weir_refused(WHAT MESSAGE): must_not_compile.c with WHAT in it.
    function(weir_refused what message)
        string(TOLOWER "realtime_compiler_${what}" name)
        add_test(NAME ${name}
            COMMAND ${CMAKE_C_COMPILER} -std=c17 -D_GNU_SOURCE -D${what}
                -Werror -Wfunction-effects -fsyntax-only
                -I${PROJECT_SOURCE_DIR}/client
                ${CMAKE_CURRENT_SOURCE_DIR}/realtime/must_not_compile.c)
        set_tests_properties(${name} PROPERTIES LABELS realtime TIMEOUT 60)
        if(message)
            set_tests_properties(${name} PROPERTIES
                PASS_REGULAR_EXPRESSION "error: .*${message}")
        endif()
    endfunction()
    set(calls "must not call non-'nonblocking' function")
    weir_refused(NOTHING_WRONG "")
    weir_refused(ALLOCATES "${calls} 'malloc'")
    weir_refused(ALLOCATES_BELOW "${calls} 'make_room'")
    weir_refused(LOCKS "${calls} 'pthread_mutex_lock'")
    weir_refused(PRINTS "${calls} 'printf'")
    weir_refused(WAITS "${calls} 'weir_futex_wait'")
    weir_refused(CALLS_A_STRANGER "${calls} 'somebody_elses'")
    weir_refused(UNTAGGED_POINTER "should not be added via type conversion")

    # Driven cycles, kernels and rings under the same sanitizer; what the
    # preset builds.
    add_custom_target(rtsan_programs DEPENDS weir weirctl weir-feed weir-record
        weir-tap jack_generator misdeeds)
    foreach(name cycle feed_mix mixer_thread kernels meter queue inputs
            process)
        if(TEST ${name})
            set_property(TEST ${name} APPEND PROPERTY LABELS realtime)
            add_dependencies(rtsan_programs test_${name})
        endif()
    endforeach()
elseif(NOT WEIR_SANITIZE)
    weir_realtime_test(page_faults none)
    weir_realtime_test(system_calls none)
    # Its entries are written in that machine's instructions.
    if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
        add_library(weir_watch SHARED realtime/watch.c)
        target_link_libraries(weir_watch
            PRIVATE weir_warnings PkgConfig::JACK Threads::Threads
                ${CMAKE_DL_LIBS} -Wl,-z,now)
        set_target_properties(weir_watch PROPERTIES
            LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
        weir_realtime_test(keeps_the_rule $<TARGET_FILE:weir_watch>)
        weir_realtime_test(misdeeds $<TARGET_FILE:weir_watch>)
    endif()
endif()
