// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir-feed.
#include "common/log.h"
#include "common/stop.h"
#include "feed/feed.h"
#include "feed/options.h"

int
main(int argc, char **argv)
{
    struct weir_feed_options options;
    int exit_status = WEIR_EXIT_OK;
    weir_log_init("weir-feed", WEIR_LOG_INFO);
    if (!weir_feed_options_parse(&options, argc, argv, &exit_status))
        return exit_status;
    weir_stop_install();
    return weir_feed_run(&options);
}
