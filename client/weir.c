// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir, the mixer: options, then its life.
#include "app/app.h"
#include "app/options.h"
#include "common/log.h"
#include "plugin/nursery.h"

#include <string.h>

int
main(int argc, char **argv)
{
    static struct weir_app_options options;
    static struct weir_app app;
    int status = WEIR_EXIT_OK;
    // What weir starts as its own helper, and nobody else.
    if (argc == 2 && strcmp(argv[1], "--plugin-nursery") == 0)
        return weir_nursery_main();
    weir_log_init("weir", WEIR_LOG_INFO);
    if (!weir_app_options_parse(argc, argv, &options, &status))
        return status;
    status = weir_app_start(&app, &options);
    if (status == WEIR_EXIT_OK)
        status = weir_app_run(&app);
    weir_app_stop(&app, status);
    return status;
}
