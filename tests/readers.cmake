# SPDX-License-Identifier: GPL-3.0-or-later

find_package(Python3 REQUIRED COMPONENTS Interpreter)

# The broadcast ring, the attach socket, libweir and the programs on it.
weir_test(wire SOURCES unit/test_wire.c LIBS weir_wire LABELS unit)
weir_test(words SOURCES unit/test_words.c LABELS unit)
weir_test(broadcast SOURCES unit/test_broadcast.c LABELS unit)

# Weir as its readers see it, for tests.
add_library(fake_weir STATIC unit/fake_weir.c)
target_link_libraries(fake_weir PUBLIC weir_wire m PRIVATE weir_warnings)
target_include_directories(fake_weir INTERFACE unit)
weir_test(reader SOURCES unit/test_reader.c LIBS weir_reader fake_weir m
    LABELS unit threads)
# What programs built against libweir.so.0 rely on.
weir_test(abi SOURCES unit/test_abi.c LIBS libweir LABELS unit)
file(GLOB public_headers CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/client/attach/include/weir/*.h)
add_test(NAME abi_symbols
    COMMAND Python3::Interpreter -B
            ${CMAKE_CURRENT_SOURCE_DIR}/unit/abi_symbols.py ${CMAKE_NM}
            $<TARGET_FILE:libweir> ${public_headers})
set_tests_properties(abi_symbols PROPERTIES LABELS docs)

# The same for feeds.
target_sources(fake_weir PRIVATE unit/fake_feed.c)
weir_test(feed SOURCES unit/test_feed.c LIBS weir_reader fake_weir
    LABELS unit threads)
weir_test(loop SOURCES unit/test_loop.c LIBS weir_common LABELS unit)
weir_test(log SOURCES unit/test_log.c LIBS weir_common LABELS unit)
weir_test(chatter SOURCES unit/test_chatter.c LIBS weir_common LABELS unit)
weir_test(bursts SOURCES unit/test_bursts.c
        ${PROJECT_SOURCE_DIR}/client/app/bursts.c
    LABELS unit)
weir_test(program SOURCES unit/test_program.c LIBS weir_program LABELS unit)
weir_test(dither SOURCES unit/test_dither.c LIBS weir_record_parts m
    LABELS unit)
weir_test(align SOURCES unit/test_align.c LIBS weir_record_parts LABELS unit)
weir_test(take SOURCES unit/test_take.c LIBS weir_record_parts m LABELS unit)

add_executable(fake_weir_process unit/fake_weir_main.c)
target_link_libraries(fake_weir_process PRIVATE fake_weir weir_warnings)
set_target_properties(fake_weir_process PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)

add_executable(fake_feed_process unit/fake_feed_main.c)
target_link_libraries(fake_feed_process PRIVATE fake_weir weir_warnings)
set_target_properties(fake_feed_process PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)

# weir_process_test(NAME SCRIPT): whole programs against the fake weir.
function(weir_process_test name script)
    add_test(NAME ${name}
        COMMAND Python3::Interpreter -B
                ${CMAKE_CURRENT_SOURCE_DIR}/faults/${script})
    set_tests_properties(${name} PROPERTIES
        LABELS "unit" TIMEOUT 600
        ENVIRONMENT "WEIR_BIN=${PROJECT_BINARY_DIR}/bin;WEIR_FAKE=$<TARGET_FILE:fake_weir_process>")
endfunction()
weir_process_test(record_hooks record_hooks.py)
weir_process_test(record_marks record_marks.py)
weir_process_test(record_process record_process.py)
weir_process_test(record_bext record_bext.py)
weir_process_test(record_disk record_disk.py)
weir_process_test(record_formats record_formats.py)
weir_process_test(record_silence record_silence.py)
weir_process_test(record_stall record_stall.py)
weir_process_test(record_split record_split.py)
weir_process_test(tap_process tap_process.py)
weir_process_test(service service.py)
weir_process_test(feed_process feed_process.py)

# The shim beside zita used directly, both in C++ and C.
weir_test(resampler
    SOURCES unit/test_resampler.c unit/zita_direct.cc unit/counted_memory.c
    LIBS weir_shim zita_resampler m LABELS unit)
weir_test(convert SOURCES unit/test_convert.c unit/counted_memory.c
    LIBS weir_convert weir_shim LABELS unit)

weir_test(stream_encoder
    SOURCES unit/test_stream_encoder.c unit/counted_memory.c
    LIBS weir_stream_encoder m LABELS unit)

# weir-stream's encoders, through decoders that are not ours.
add_executable(stream_encode unit/stream_encode.c)
target_link_libraries(stream_encode PRIVATE weir_stream_encoder weir_warnings)
set_target_properties(stream_encode PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
add_test(NAME stream_codecs
    COMMAND Python3::Interpreter -B
            ${CMAKE_CURRENT_SOURCE_DIR}/unit/stream_codecs.py)
set_tests_properties(stream_codecs PROPERTIES
    LABELS "unit" TIMEOUT 300
    ENVIRONMENT "WEIR_STREAM_ENCODE=$<TARGET_FILE:stream_encode>")
