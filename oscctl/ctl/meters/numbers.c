// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Checked numbers.
#include "oscctl/ctl/meters/numbers.h"

#include "oscctl/arguments.h"
#include "oscctl/values.h"

#include <math.h>

static const float gain_max_db = 10;

bool
ctl_number_take(lo_message message, int index, double max, double *out)
{
    double number = 0;
    if (!weir_message_number(message, index, &number) || !isfinite(number))
        return false;
    *out = fmin(fmax(number, -max), max);
    return true;
}

// ---- ridden values, counters

void
ctl_ridden_take(struct ctl_ridden *ridden, lo_message message, int index)
{
    double number = 0;
    if (ctl_number_take(message, index, CTL_COUNT_MAX, &number))
        ridden->is = fminf(fmaxf((float)number, WEIR_SILENCE_DB), gain_max_db);
}

void
ctl_ridden_answer(struct ctl_ridden *ridden, lo_message reply, int index)
{
    if (ridden->n_asked > 0 && --ridden->n_asked == 0)
        ctl_ridden_take(ridden, reply, index);
}

void
ctl_ridden_refuse(struct ctl_ridden *ridden)
{
    ridden->n_asked = 0;
}

float
ctl_ridden_value(const struct ctl_ridden *ridden, int64_t now_ms)
{
    const bool asked = ridden->n_asked > 0 && now_ms < ridden->until_ms;
    return asked ? ridden->wanted : ridden->is;
}

void
ctl_ridden_want(struct ctl_ridden *ridden, float value, int64_t now_ms)
{
    ridden->n_asked = now_ms < ridden->until_ms ? ridden->n_asked + 1 : 1;
    ridden->wanted = value;
    ridden->until_ms = now_ms + CTL_RIDE_MS;
}

bool
ctl_count_grew(const struct ctl_count *count)
{
    return count->n > count->cleared_at;
}

void
ctl_count_take(struct ctl_count *count, lo_message message)
{
    double n = 0;
    if (!ctl_number_take(message, 0, CTL_COUNT_MAX, &n))
        return;
    if (!count->known || n < count->cleared_at)
        count->cleared_at = n;
    count->n = n;
    count->known = true;
}
