# SPDX-License-Identifier: GPL-3.0-or-later

# Time that goes on when the test says so: fuzz/clock.h.
add_library(weir_made_up_time OBJECT fuzz/clock.c)
target_include_directories(weir_made_up_time
    PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(weir_made_up_time PRIVATE weir_warnings)
target_link_options(weir_made_up_time INTERFACE
    -Wl,--wrap=clock_gettime,--wrap=timerfd_create,--wrap=timerfd_settime
    -Wl,--wrap=epoll_wait,--wrap=getrandom)

# Hostile input: the whole way of a packet, in made-up time, for libFuzzer
# (preset fuzz), and as a test that replays what was found.
# Plugins are none.
add_library(weir_fuzz OBJECT fuzz/loudness.c desk/fake_plugins.c)
target_include_directories(weir_fuzz PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(weir_fuzz
    PUBLIC weir_bench_desk PRIVATE weir_warnings PkgConfig::CRITERION)

add_executable(fuzz_replay fuzz/replay.c fuzz/fuzz_osc.c)
target_include_directories(fuzz_replay PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(fuzz_replay
    PRIVATE weir_fuzz weir_made_up_time weir_warnings)
set_target_properties(fuzz_replay PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)

if(WEIR_SANITIZE MATCHES "fuzzer")
    add_executable(fuzz_osc fuzz/fuzz_osc.c)
    target_include_directories(fuzz_osc PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(fuzz_osc
        PRIVATE weir_fuzz weir_made_up_time weir_warnings)
    target_link_options(fuzz_osc PRIVATE -fsanitize=fuzzer)
    set_target_properties(fuzz_osc PROPERTIES LINKER_LANGUAGE CXX
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
endif()

# Every input in the corpus, whatever compiler: what was found stays found.
file(GLOB corpus CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/*)
add_test(NAME osc_corpus COMMAND fuzz_replay ${corpus})
add_test(NAME osc_corpus_is_as_written
         COMMAND Python3::Interpreter -B
                 ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus.py --check)
set_tests_properties(osc_corpus osc_corpus_is_as_written PROPERTIES
    LABELS cycle TIMEOUT 120
    FAIL_REGULAR_EXPRESSION "Sanitizer: |runtime error: ")
