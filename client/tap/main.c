// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir-tap.
#include "common/log.h"
#include "common/stop.h"
#include "tap/options.h"
#include "tap/tap.h"

#include <unistd.h>

int
main(int argc, char **argv)
{
    struct weir_tap_options options;
    int exit_status = WEIR_EXIT_OK;
    weir_log_init("weir-tap", WEIR_LOG_INFO);
    if (!weir_tap_options_parse(&options, argc, argv, &exit_status))
        return exit_status;
    if (isatty(STDOUT_FILENO)) {
        weir_log(WEIR_LOG_ERROR, "stdout is a terminal: samples are no text "
                                 "(pipe them, as in weir-tap --wav | sox ...)");
        return WEIR_EXIT_USAGE;
    }
    weir_stop_install();
    weir_sandbox_enter(
        weir_reader_options_sandbox(&options.from, WEIR_SANDBOX_NO_NETWORK));
    return weir_tap_run(&options);
}
