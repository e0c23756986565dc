// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir-record.
#include "common/log.h"
#include "common/service.h"
#include "common/stop.h"
#include "record/hooks.h"
#include "record/options.h"
#include "record/record.h"

// What it writes, and attach.sock, which is no file to Landlock.
static void
enter_sandbox(const struct weir_record_options *options)
{
    struct weir_sandbox *box =
        weir_reader_options_sandbox(&options->from, WEIR_SANDBOX_NO_NETWORK);
    weir_sandbox_folder_of(box, options->pattern);
    weir_sandbox_enter(box);
}

int
main(int argc, char **argv)
{
    struct weir_record_options options;
    int exit_status = WEIR_EXIT_OK;
    weir_log_init("weir-record", WEIR_LOG_INFO);
    if (!weir_record_options_parse(&options, argc, argv, &exit_status))
        return exit_status;
    weir_stop_install();
    if (!weir_hooks_start(&options.hooks))
        return WEIR_EXIT_FAILED;
    enter_sandbox(&options);
    // To wait for weir is part of its work.
    weir_service_ready();
    exit_status = weir_record_run(&options);
    weir_service_stopping();
    weir_hooks_stop();
    return exit_status;
}
