# SPDX-License-Identifier: GPL-3.0-or-later

# Packets, patterns, values, text and weirctl.
foreach(part validate match values text)
    weir_test(osc_${part} SOURCES unit/test_osc_${part}.c
              LIBS weir_osc_base LABELS unit)
endforeach()
