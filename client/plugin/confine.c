// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the nursery and its runners may do.
#include "plugin/confine.h"

#include "common/sandbox.h"

#include <stdlib.h>

// Plugins read samples and impulses wherever people have them; they cannot
// send them anywhere.
static struct weir_sandbox *
begin(void)
{
    static const char *const read[] = {"/home", "/media", "/mnt",
                                       "/opt",  "/srv",   "/proc"};
    struct weir_sandbox *box = weir_sandbox_new(WEIR_SANDBOX_NO_NETWORK);
    for (size_t i = 0; i < sizeof read / sizeof *read; i++)
        weir_sandbox_path(box, read[i], WEIR_SANDBOX_READ);
    weir_sandbox_path(box, getenv("HOME"), WEIR_SANDBOX_READ);
    weir_sandbox_read_listed(box, "LV2_PATH");
    return box;
}

// The first of them has a folder for each runner, the others are everybody's.
static void
finish(struct weir_sandbox *box, const struct weir_nursery_setup *setup,
       const char *own)
{
    weir_sandbox_path(box, own, WEIR_SANDBOX_STATES);
    for (unsigned i = 1; i < WEIR_NURSERY_FOLDERS && setup->written[i][0]; i++)
        weir_sandbox_path(box, setup->written[i], WEIR_SANDBOX_STATES);
}

void
weir_confine_nursery(const struct weir_nursery_setup *setup)
{
    if (!setup->is_confined)
        return;
    struct weir_sandbox *box = begin();
    finish(box, setup, setup->written[0]);
    weir_sandbox_enter(box);
}

void
weir_confine_runner(const struct weir_nursery_setup *setup, const char *own)
{
    if (!setup->is_confined)
        return;
    struct weir_sandbox *box = begin();
    finish(box, setup, own);
    weir_sandbox_enter_files(box);
}
