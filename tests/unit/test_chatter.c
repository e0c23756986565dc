// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A flood's lines, and the descriptors that are not for guests.
#include "common/chatter.h"
#include "common/descriptors.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { NOON = 12345678 };

// What is written on stderr meanwhile.
static int own;
static int ends[2];
static char said[4096];

static void
listen(void)
{
    own = dup(STDERR_FILENO);
    cr_assert_eq(pipe(ends), 0);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    dup2(ends[1], STDERR_FILENO);
}

static const char *
heard(void)
{
    const ssize_t n = read(ends[0], said, sizeof said - 1);
    said[n > 0 ? n : 0] = '\0';
    return said;
}

static void
hush(void)
{
    dup2(own, STDERR_FILENO);
    close(own);
    close(ends[0]);
    close(ends[1]);
}

static unsigned
written(struct weir_chatter *c, unsigned n, int64_t at_ms)
{
    unsigned n_written = 0;
    for (unsigned i = 0; i < n; i++)
        n_written += weir_chatter_may_say(c, at_ms);
    return n_written;
}

Test(chatter, a_flood_has_its_first_lines_and_one_with_the_number_of_others)
{
    struct weir_chatter c = {.about = "guests"};
    listen();
    cr_expect_eq(written(&c, 1000, NOON), WEIR_CHATTER_LINES);
    cr_expect(weir_chatter_look(&c, NOON + WEIR_CHATTER_MS - 1));
    cr_expect_str_eq(heard(), "");
    cr_expect_not(weir_chatter_look(&c, NOON + WEIR_CHATTER_MS));
    cr_expect_str_eq(heard(), "weir: guests: 980 more lines like these\n");
    cr_expect_not(weir_chatter_look(&c, NOON + 3 * WEIR_CHATTER_MS));
    cr_expect_str_eq(heard(), "");
    hush();
}

Test(chatter, who_speaks_rarely_is_never_left_out)
{
    struct weir_chatter c = {.about = "guests"};
    listen();
    for (int i = 0; i < 100; i++)
        cr_expect(weir_chatter_may_say(&c, NOON + i * (WEIR_CHATTER_MS / 10)));
    cr_expect_not(weir_chatter_look(&c, NOON));
    cr_expect_str_eq(heard(), "");
    hush();
}

Test(chatter, the_next_flood_has_its_first_lines_again)
{
    struct weir_chatter c = {.about = "guests"};
    listen();
    cr_expect_eq(written(&c, 50, NOON), WEIR_CHATTER_LINES);
    cr_expect_eq(written(&c, 50, NOON + WEIR_CHATTER_MS), WEIR_CHATTER_LINES);
    cr_expect_str_eq(heard(), "weir: guests: 30 more lines like these\n");
    hush();
}

Test(descriptors, the_last_ones_are_not_for_guests)
{
    const struct rlimit limit = {.rlim_cur = 40, .rlim_max = 40};
    int fd;
    int n_given = 0;
    int last = -1;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    while ((fd = weir_descriptor_for_guest(open("/dev/null", O_RDONLY))) >= 0) {
        last = fd;
        n_given++;
    }
    cr_expect_eq(errno, EMFILE);
    cr_expect(n_given > 0);
    cr_expect_eq(last, 40 - WEIR_DESCRIPTORS_KEPT - 1);
    for (int i = 0; i < WEIR_DESCRIPTORS_KEPT; i++)
        cr_expect(weir_descriptor_is_kept(open("/dev/null", O_RDONLY)));
    cr_expect_eq(open("/dev/null", O_RDONLY), -1);
    cr_expect_eq(weir_descriptor_for_guest(-1), -1);
}
