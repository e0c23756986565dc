// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir-record.
#include "common/log.h"
#include "common/service.h"
#include "common/stop.h"
#include "record/options.h"
#include "record/record.h"

int
main(int argc, char **argv)
{
    struct weir_record_options options;
    int exit_status = WEIR_EXIT_OK;
    weir_log_init("weir-record", WEIR_LOG_INFO);
    if (!weir_record_options_parse(&options, argc, argv, &exit_status))
        return exit_status;
    weir_stop_install();
    // To wait for weir is part of its work.
    weir_service_ready();
    exit_status = weir_record_run(&options);
    weir_service_stopping();
    return exit_status;
}
