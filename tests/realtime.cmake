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
elseif(NOT WEIR_SANITIZE AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    add_library(weir_watch SHARED realtime/watch.c)
    target_link_libraries(weir_watch
        PRIVATE weir_warnings PkgConfig::JACK Threads::Threads
            ${CMAKE_DL_LIBS} -Wl,-z,now)
    set_target_properties(weir_watch PROPERTIES
        LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    weir_realtime_test(keeps_the_rule $<TARGET_FILE:weir_watch>)
    weir_realtime_test(misdeeds $<TARGET_FILE:weir_watch>)
    weir_realtime_test(page_faults none)
    weir_realtime_test(system_calls none)
endif()
