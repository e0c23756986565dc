// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A short list.
#include "oscctl/ctl/meters/slots.h"

#include <stdio.h>
#include <string.h>

const char *
ctl_slot_split(const char *text, struct ctl_slot_name *out)
{
    int n = 0;
    if (sscanf(text, "%15[a-z]/%32[a-z0-9_-]/plugin/%32[a-z0-9_-]%n", out->kind,
               out->object, out->slot, &n) != 3)
        return NULL;
    return text + n;
}

static struct ctl_slot *
find(struct ctl_slots *slots, const char *id)
{
    for (int i = 0; i < slots->n; i++)
        if (strcmp(slots->list[i].id, id) == 0)
            return &slots->list[i];
    return NULL;
}

static enum ctl_slot_state
state_of(const char *word)
{
    if (strcmp(word, "running") == 0)
        return CTL_SLOT_RUNNING;
    if (strcmp(word, "bypassed") == 0 || strcmp(word, "starting") == 0)
        return CTL_SLOT_BYPASSED;
    return CTL_SLOT_FAILED;
}

void
ctl_slots_take(struct ctl_slots *slots, const char *id, const char *word)
{
    struct ctl_slot *slot = find(slots, id);
    if (!slot && slots->n < CTL_SLOTS_MAX && weir_id_ok(id)) {
        slot = &slots->list[slots->n++];
        snprintf(slot->id, sizeof slot->id, "%s", id);
    }
    if (!slot)
        return;
    snprintf(slot->word, sizeof slot->word, "%s", word);
    slot->state = state_of(word);
    slot->is_old = false;
}

static void
take_off(struct ctl_slots *slots, int index)
{
    slots->n--;
    memmove(&slots->list[index], &slots->list[index + 1],
            (size_t)(slots->n - index) * sizeof *slots->list);
}

void
ctl_slots_remove(struct ctl_slots *slots, const char *id)
{
    const struct ctl_slot *slot = find(slots, id);
    if (slot)
        take_off(slots, (int)(slot - slots->list));
}

void
ctl_slots_doubt(struct ctl_slots *slots)
{
    for (int i = 0; i < slots->n; i++)
        slots->list[i].is_old = true;
}

void
ctl_slots_forget(struct ctl_slots *slots)
{
    for (int i = slots->n - 1; i >= 0; i--)
        if (slots->list[i].is_old)
            take_off(slots, i);
}

enum ctl_slot_state
ctl_slots_state(const struct ctl_slots *slots)
{
    enum ctl_slot_state most = CTL_SLOT_RUNNING;
    for (int i = 0; i < slots->n; i++)
        if (slots->list[i].state > most)
            most = slots->list[i].state;
    return most;
}
