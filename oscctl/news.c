// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// News for all subscribers.
#include "oscctl/news.h"

#include "oscctl/args.h"

#include <string.h>

void
weir_news_forget(struct weir_news *news)
{
    for (int i = 0; i < WEIR_NEWS_KEPT; i++) {
        weir_encoded_drop(news->kept[i]);
        news->kept[i] = NULL;
    }
}

static bool
says_the_last(const struct weir_news *news, const struct weir_encoded *e)
{
    const struct weir_encoded *last =
        news->kept[(news->n + WEIR_NEWS_KEPT - 1) % WEIR_NEWS_KEPT];
    return last && last->n_bytes == e->n_bytes &&
           memcmp(last->bytes, e->bytes, e->n_bytes) == 0;
}

void
weir_news_add(struct weir_news *news, const char *address, const char *text,
              const char *second)
{
    struct weir_args args;
    weir_args_begin(&args);
    weir_args_string(&args, text);
    if (second)
        weir_args_string(&args, second);
    struct weir_encoded *e = weir_encoded_new(address, &args);
    if (!e || says_the_last(news, e)) {
        weir_encoded_drop(e); // short of memory nobody hears of it
        return;
    }
    struct weir_encoded **at = &news->kept[news->n++ % WEIR_NEWS_KEPT];
    weir_encoded_drop(*at);
    *at = e;
}

bool
weir_news_missed(const struct weir_news *news, uint64_t next)
{
    return news->n - next > WEIR_NEWS_KEPT;
}

bool
weir_news_send(const struct weir_news *news, uint64_t *next,
               struct weir_sending *sending)
{
    for (uint64_t i = *next; i < news->n; i++) {
        const struct weir_encoded *e = news->kept[i % WEIR_NEWS_KEPT];
        if (!weir_sending_add(sending, e, i + 1, next))
            return false;
    }
    return weir_sending_end(sending, next);
}
