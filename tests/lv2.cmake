# SPDX-License-Identifier: GPL-3.0-or-later

# LV2 plugins to be hosted, as bundles in the build tree: LV2_PATH finds them
# there. For tests and benchmarks, whichever comes first.
set(WEIR_TEST_LV2 ${PROJECT_BINARY_DIR}/tests/lv2)
if(TARGET lv2_set)
    return()
endif()
set(lv2 ${CMAKE_CURRENT_LIST_DIR}/plugins)
foreach(name set trouble)
    add_library(lv2_${name} MODULE ${lv2}/${name}.c)
    target_link_libraries(lv2_${name} PRIVATE weir_warnings PkgConfig::LV2 m)
    set_target_properties(lv2_${name} PROPERTIES
        PREFIX "" OUTPUT_NAME ${name}
        LIBRARY_OUTPUT_DIRECTORY ${WEIR_TEST_LV2}/${name}.lv2)
    file(GLOB turtle CONFIGURE_DEPENDS ${lv2}/${name}.lv2/*.ttl)
    file(COPY ${turtle} DESTINATION ${WEIR_TEST_LV2}/${name}.lv2)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${turtle})
endforeach()
file(COPY ${lv2}/broken.lv2 DESTINATION ${WEIR_TEST_LV2})
