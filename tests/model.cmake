# SPDX-License-Identifier: GPL-3.0-or-later

# The lock-free parts, proved on small sizes: model/README.md. Python drives
# the compiler itself: each program is built a few ways of its own.
add_library(weir_explore STATIC
    model/explore/main.c model/explore/search.c model/explore/slow.c
    model/explore/build.c model/explore/graph.c model/explore/replay.c
    model/explore/runtime.c)
target_link_libraries(weir_explore PRIVATE weir_warnings)
target_compile_options(weir_explore PRIVATE -O2 -fno-sanitize=all)

function(weir_model_test name)
    add_test(NAME model_${name}
        COMMAND Python3::Interpreter -B
            ${CMAKE_CURRENT_SOURCE_DIR}/model/check.py ${ARGN})
    set_tests_properties(model_${name} PROPERTIES
        LABELS model TIMEOUT 300 SKIP_RETURN_CODE 77
        ENVIRONMENT
            "CC=${CMAKE_C_COMPILER};EXPLORE=$<TARGET_FILE:weir_explore>")
endfunction()
foreach(program inputs inputs_longer inputs_behind queue bytes runner
        broadcast broadcast_late broadcast_blocks
        broadcast_mono broadcast_again broadcast_two clock gate reopen table
        freewheel_due freewheel_room doorbell libweir
        feed feed_end feed_sleep feed_clock feed_flush)
    weir_model_test(${program} ${program})
endforeach()
weir_model_test(explore --litmus)
weir_model_test(weaken --weaken)
weir_model_test(tsan --tsan)
weir_model_test(stress --stress)
weir_model_test(bare --bare)

# The protocols' logic, with spin: assertions, claims, and mutations that must
# be found.
foreach(name inputs broadcast lapped_for_ever gate table source)
    add_test(NAME model_spin_${name}
        COMMAND Python3::Interpreter -B
            ${CMAKE_CURRENT_SOURCE_DIR}/model/spin.py ${name})
    set_tests_properties(model_spin_${name} PROPERTIES
        LABELS model TIMEOUT 300 SKIP_RETURN_CODE 77
        ENVIRONMENT "CC=${CMAKE_C_COMPILER}")
endforeach()

# What the orders cost where they cost something: pinned counts.
add_test(NAME model_aarch64
    COMMAND Python3::Interpreter -B
        ${CMAKE_CURRENT_SOURCE_DIR}/model/aarch64.py)
set_tests_properties(model_aarch64 PROPERTIES
    LABELS model TIMEOUT 60 SKIP_RETURN_CODE 77)
