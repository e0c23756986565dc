// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir-stream.
#include "common/log.h"
#include "common/stop.h"
#include "stream/options.h"
#include "stream/password.h"
#include "stream/stream.h"

// Threads that are stuck in a name server's silence know where it is.
static struct weir_stream_options options;

int
main(int argc, char **argv)
{
    int exit_status = WEIR_EXIT_OK;
    weir_log_init("weir-stream", WEIR_LOG_INFO);
    if (!weir_stream_options_parse(&options, argc, argv, &exit_status))
        return exit_status;
    weir_stop_install();
    if (options.n_targets > 0 &&
        !weir_stream_passwords(options.password_file, options.targets,
                               options.n_targets))
        return WEIR_EXIT_USAGE;
    return weir_stream_run(&options);
}
