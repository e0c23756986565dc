// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What everybody is told who has subscribed to anything: /created, /removed,
// /renamed. Everything here is @control's.
#ifndef WEIR_OSCCTL_NEWS_H
#define WEIR_OSCCTL_NEWS_H

#include "oscctl/sending.h"

enum { WEIR_NEWS_KEPT = 4096 };

/// The last news, and how many there were ever: each has its number, from 0.
struct weir_news {
    uint64_t n;
    struct weir_encoded *kept[WEIR_NEWS_KEPT]; // by number, modulo
};

/// Forget them all; the numbers go on.
void weir_news_forget(struct weir_news *news);

/// Add one, with one text or two; not if it says what the last one said.
void weir_news_add(struct weir_news *news, const char *address,
                   const char *text, const char *second);

/// Whether who has had those below `next` has missed some for good.
bool weir_news_missed(const struct weir_news *news, uint64_t next);

/// Send those from `*next` on; false when no more can be sent now.
bool weir_news_send(const struct weir_news *news, uint64_t *next,
                    struct weir_sending *sending);

#endif
