// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The answers of a worker, after run(): @mixer's.
#include "plugin/worker_private.h"

// The plugin's own functions are foreign: what they do cannot be known here,
// and LV2 forbids them what weir's rule forbids.
static WEIR_RT void
work_response(struct weir_plugin_worker *w, uint32_t n)
{
    if (w->interface->work_response)
        WEIR_RT_TRUST(
            w->interface->work_response(w->plugin, n - 1, w->answer + 1));
}

static WEIR_RT void
end_run(struct weir_plugin_worker *w)
{
    if (w->interface->end_run)
        WEIR_RT_TRUST(w->interface->end_run(w->plugin));
}

WEIR_RT void
weir_plugin_worker_deliver(struct weir_plugin_worker *w)
{
    uint32_t n;
    if (!w->interface)
        return;
    while ((n = weir_bytes_pop(w->answers, w->answer, sizeof w->answer)) > 0)
        work_response(w, n);
    end_run(w);
}
