# SPDX-License-Identifier: GPL-3.0-or-later

# The broadcast ring, the attach socket, libweir and the programs on it.
weir_test(wire SOURCES unit/test_wire.c LIBS weir_wire LABELS unit)
weir_test(broadcast SOURCES unit/test_broadcast.c LABELS unit)
weir_test(broadcast_threads SOURCES unit/test_broadcast_threads.c
    LABELS unit threads)
