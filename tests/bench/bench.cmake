# SPDX-License-Identifier: GPL-3.0-or-later

# weir-bench: weir's rings and kernels beside peers. Peers are Debian packages
# and optional: what is missing is not measured.
include(CheckIncludeFileCXX)
pkg_check_modules(SPA IMPORTED_TARGET libspa-0.2)
pkg_check_modules(CK IMPORTED_TARGET ck)
check_include_file_cxx(boost/lockfree/spsc_queue.hpp WEIR_HAVE_BOOST)
check_include_file_cxx(readerwriterqueue/readerwriterqueue.h
    WEIR_HAVE_READERWRITERQUEUE)

add_executable(weir-bench
    main.c groups.c run.c report.c machine.c
    stats.c clock.c pair.c
    ring_weir.c ring_queue.c ring_bare.c ring_jack.c
    bench_spsc.c bench_inputs.c bench_broadcast.c bench_longest.c
    bench_mix.c bench_plugins.c bench_resample.c resample_shim.c resample_zita.cc)
target_include_directories(weir-bench PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(weir-bench PRIVATE
    weir_plugin weir_engine weir_shim zita_resampler weir_warnings PkgConfig::JACK
    Threads::Threads m)
# Plugins to be run, and no others to be looked through: one of the tests'
# (tests/lv2.cmake), and x42's equaliser where it is installed.
set(lv2_alone ${PROJECT_BINARY_DIR}/tests/bench_lv2)
file(MAKE_DIRECTORY ${lv2_alone})
include(${PROJECT_SOURCE_DIR}/tests/lv2.cmake)
file(CREATE_LINK ${WEIR_TEST_LV2}/set.lv2 ${lv2_alone}/set.lv2 SYMBOLIC)
add_dependencies(weir-bench lv2_set)
if(EXISTS /usr/lib/lv2/fil4.lv2)
    file(CREATE_LINK /usr/lib/lv2/fil4.lv2 ${lv2_alone}/fil4.lv2 SYMBOLIC)
endif()
target_compile_definitions(weir-bench PRIVATE "BENCH_LV2=\"${lv2_alone}\"")
# What does the measuring is optimised in every build; weir's own objects are
# those that weir itself has.
target_compile_options(weir-bench PRIVATE -O3)
# Where code happens to lie shall not decide: functions begin at a line, and no
# jump crosses 32 bytes, which Intel's CPUs of 2015 to 2019 do not cache.
include(CheckCCompilerFlag)
set(placed -falign-functions=64 -Wa,-mbranches-within-32B-boundaries)
check_c_compiler_flag("${placed}" WEIR_HAVE_PLACED_CODE)
if(WEIR_HAVE_PLACED_CODE)
    target_compile_options(weir-bench PRIVATE ${placed})
endif()
string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
string(STRIP "${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${type}}" flags)
set_source_files_properties(machine.c PROPERTIES
    COMPILE_DEFINITIONS "BENCH_FLAGS=\"${flags}\"")

# Loops of its own with the vectors that the kernels have.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    target_sources(weir-bench PRIVATE load_v3.c load_v4.c kernels_plain_v3.c)
    set_source_files_properties(load_v3.c kernels_plain_v3.c PROPERTIES
        COMPILE_OPTIONS -march=x86-64-v3)
    set_source_files_properties(load_v4.c PROPERTIES
        COMPILE_OPTIONS -march=x86-64-v4)
endif()

# weir_bench_peer(NAME FOUND SOURCE [TARGET]): says whether it was found, and
# compiles it if so.
set(peers "jack")
set(missing "")
function(weir_bench_peer name found source)
    if(NOT ${found})
        set(missing "${missing} ${name}" PARENT_SCOPE)
        return()
    endif()
    set(peers "${peers} ${name}" PARENT_SCOPE)
    string(TOUPPER ${name} upper)
    target_sources(weir-bench PRIVATE ${source})
    target_compile_definitions(weir-bench PRIVATE HAVE_${upper})
    if(ARGN)
        target_link_libraries(weir-bench PRIVATE ${ARGN})
    endif()
endfunction()
weir_bench_peer(spa SPA_FOUND ring_spa.c PkgConfig::SPA)
weir_bench_peer(ck CK_FOUND ring_ck.c PkgConfig::CK)
weir_bench_peer(boost WEIR_HAVE_BOOST ring_boost.cc)
weir_bench_peer(readerwriterqueue WEIR_HAVE_READERWRITERQUEUE ring_rwq.cc)
message(STATUS "weir-bench: beside ${peers}")
if(missing)
    message(STATUS "weir-bench: not found:${missing}")
endif()

# That it runs, that its JSON is one, that data came through: never how fast.
if(WEIR_TESTS)
    find_package(Python3 REQUIRED COMPONENTS Interpreter)
    add_test(NAME bench
        COMMAND Python3::Interpreter -B
            ${CMAKE_CURRENT_SOURCE_DIR}/test_bench.py
            $<TARGET_FILE:weir-bench>)
    set_tests_properties(bench PROPERTIES LABELS unit TIMEOUT 120)
endif()
