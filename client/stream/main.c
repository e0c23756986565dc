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

// Servers, by name and with TLS, and the dump. The passwords are known by then.
static void
enter_sandbox(const struct weir_stream_options *o)
{
    struct weir_sandbox *box =
        weir_reader_options_sandbox(&o->from, WEIR_SANDBOX_NETWORK);
    weir_sandbox_names(box);
    for (unsigned i = 0; i < o->n_targets; i++)
        weir_sandbox_connect(box, o->targets[i].address.port);
    weir_sandbox_path(box, o->tls_ca, WEIR_SANDBOX_READ);
    weir_sandbox_read_listed(box, "SSL_CERT_FILE");
    weir_sandbox_read_listed(box, "SSL_CERT_DIR");
    if (o->dump)
        weir_sandbox_folder_of(box, o->dump);
    weir_sandbox_enter(box);
}

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
    enter_sandbox(&options);
    return weir_stream_run(&options);
}
