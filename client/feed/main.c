// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir-feed.
#include "common/log.h"
#include "common/stop.h"
#include "feed/feed.h"
#include "feed/options.h"

// What it plays, and nothing else.
static void
enter_sandbox(const struct weir_feed_options *options)
{
    struct weir_sandbox *box =
        weir_reader_options_sandbox(&options->to, WEIR_SANDBOX_NO_NETWORK);
    weir_sandbox_path(box, options->path, WEIR_SANDBOX_READ);
    weir_sandbox_enter(box);
}

int
main(int argc, char **argv)
{
    struct weir_feed_options options;
    int exit_status = WEIR_EXIT_OK;
    weir_log_init("weir-feed", WEIR_LOG_INFO);
    if (!weir_feed_options_parse(&options, argc, argv, &exit_status))
        return exit_status;
    weir_stop_install();
    enter_sandbox(&options);
    return weir_feed_run(&options);
}
