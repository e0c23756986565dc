// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The other side of a runner, as weir will be it by a hidden option.
#include "plugin/runner.h"

int
main(void)
{
    return weir_runner_main();
}
