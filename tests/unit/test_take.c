// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The recorder's files: their names, and what is in them.
#include "common/name.h"
#include "record/take.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void
set_up(void)
{
    snprintf(folder, sizeof folder, "/tmp/weir-test-XXXXXX");
    cr_assert(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    cr_redirect_stdout();
    cr_redirect_stderr();
}

static void
tear_down(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    cr_assert_eq(system(command), 0);
}

TestSuite(name, .init = set_up, .fini = tear_down, .timeout = 30);
TestSuite(take, .init = set_up, .fini = tear_down, .timeout = 30);

// -------------------------------------------------------------------- names

static char out[WEIR_NAME_BYTES];

static const char *
create(const char *path)
{
    const int fd = weir_name_create(path, out, sizeof out);
    if (fd < 0)
        return strerror(errno);
    close(fd);
    return out;
}

Test(name, nothing_is_overwritten)
{
    cr_assert_str_eq(create("take.wav"), "take.wav");
    cr_assert_str_eq(create("take.wav"), "take-1.wav");
    cr_assert_str_eq(create("take.wav"), "take-2.wav");
}

Test(name, the_number_stands_before_the_extension_of_the_file_alone)
{
    cr_assert_eq(mkdir("a.b", 0700), 0);
    cr_assert_str_eq(create("a.b/take"), "a.b/take");
    cr_assert_str_eq(create("a.b/take"), "a.b/take-1");
    cr_assert_str_eq(create(".hidden"), ".hidden");
    cr_assert_str_eq(create(".hidden"), ".hidden-1");
}

Test(name, a_dangling_link_is_not_followed)
{
    cr_assert_eq(symlink("elsewhere", "take.wav"), 0);
    cr_assert_str_eq(create("take.wav"), "take-1.wav");
    cr_assert_neq(access("elsewhere", F_OK), 0);
}

Test(name, a_missing_folder_is_said)
{
    cr_assert_str_eq(create("none/take.wav"), strerror(ENOENT));
    cr_assert_eq(weir_name_check_folder("none/take.wav"), ENOENT);
    cr_assert_eq(weir_name_check_folder("take.wav"), 0);
    cr_assert_eq(weir_name_check_folder("/tmp/take.wav"), 0);
}

Test(name, a_file_in_place_of_the_folder_is_said)
{
    create("file");
    cr_assert_eq(weir_name_check_folder("file/take.wav"), ENOTDIR);
}

Test(name, the_date_stands_where_strftime_puts_it)
{
    setenv("TZ", "UTC", 1);
    cr_assert_null(weir_name_expand(WEIR_NAME_DEFAULT ".wav", 1700000000, out,
                                    sizeof out));
    cr_assert_str_eq(out, "weir-20231114-221320.wav");
}

Test(name, control_characters_are_refused_also_those_of_strftime)
{
    cr_assert(weir_name_expand("a\nb.wav", 0, out, sizeof out));
    cr_assert(weir_name_expand("a\033b.wav", 0, out, sizeof out));
    cr_assert(weir_name_expand("a%nb.wav", 0, out, sizeof out));
    cr_assert(weir_name_expand("a%tb.wav", 0, out, sizeof out));
}

Test(name, no_name_an_endless_one_and_a_folder_are_refused)
{
    char small[8];
    cr_assert(weir_name_expand("", 0, out, sizeof out));
    cr_assert(weir_name_expand("long-name.wav", 0, small, sizeof small));
    cr_assert(weir_name_expand("folder/", 0, out, sizeof out));
}

// -------------------------------------------------------------------- takes

enum { CHANNELS = 2 };

static struct weir_take *
begin(enum weir_sample_format samples)
{
    const struct weir_take_format format = {
        .rate_hz = 48000, .n_channels = CHANNELS, .samples = samples};
    struct weir_take *take = weir_take_open("take.wav", format, WEIR_LOG_ERROR);
    cr_assert(take);
    return take;
}

static struct weir_take_counts counts;

static bool
end(struct weir_take *take)
{
    const struct weir_marks marks = {.n = 0};
    int cause;
    const bool ok = weir_take_close(take, &marks, 0, &counts, &cause);
    weir_take_print("take.wav", &counts);
    return ok;
}

// What libsndfile reads back.
static SF_INFO info;
static float got[48000 * CHANNELS];

static sf_count_t
read_back(const char *path)
{
    memset(&info, 0, sizeof info);
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    cr_assert(file, "%s", sf_strerror(NULL));
    const sf_count_t n = sf_readf_float(file, got, 48000);
    sf_close(file);
    return n;
}

Test(take, a_float_file_holds_every_sample_as_it_came)
{
    const float in[] = {0, -0.0f, 1.5f, -3, 1e-30f, 0.1f};
    struct weir_take *take = begin(WEIR_SAMPLES_F32);
    cr_assert(weir_take_write(take, in, 3));
    cr_assert(end(take));
    cr_assert_eq(counts.frames, 3);
    cr_assert_eq(read_back("take.wav"), 3);
    cr_assert_eq(memcmp(got, in, sizeof in), 0);
    cr_assert(info.samplerate == 48000 && info.channels == 2);
}

// A step of 16 bit.
#define STEP 0x1p-15f

static float
furthest(const float *a, const float *b, int n)
{
    float most = 0;
    for (int i = 0; i < n; i++)
        most = fmaxf(most, fabsf(a[i] - b[i]));
    return most;
}

Test(take, integers_are_clipped_never_wrapped_and_a_nan_is_silence)
{
    const float in[] = {2.0f, -2.0f, __builtin_nanf(""), -0.25f};
    const float expected[] = {1 - STEP, -1, 0, -0.25f};
    struct weir_take *take = begin(WEIR_SAMPLES_S16);
    cr_assert(weir_take_write(take, in, 2));
    cr_assert(end(take));
    cr_assert_eq(read_back("take.wav"), 2);
    cr_assert_eq(memcmp(got, expected, 3 * sizeof *got), 0);
    cr_assert_leq(furthest(got + 3, expected + 3, 1), STEP);
    cr_assert_eq(info.format, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
}

Test(take, a_24_bit_file_holds_24_bits)
{
    const float in[] = {0.3f, -0.3f, 4, -4};
    const float expected[] = {0.3f, -0.3f, 8388607.0f / 8388608, -1};
    struct weir_take *take = begin(WEIR_SAMPLES_S24);
    cr_assert(weir_take_write(take, in, 2));
    cr_assert(end(take));
    cr_assert_eq(read_back("take.wav"), 2);
    cr_assert_leq(furthest(got, expected, 4), 2 * 0x1p-23f);
    cr_assert_eq(memcmp(got + 2, expected + 2, 2 * sizeof *got), 0);
}

static void
lose(struct weir_take *take, uint32_t n)
{
    for (uint32_t part; n > 0; n -= part) {
        part = n < WEIR_TAKE_BLOCK ? n : WEIR_TAKE_BLOCK;
        cr_assert(weir_take_lose(take, NULL, part, part));
    }
}

Test(take, lost_frames_are_exact_silence_in_integers_too)
{
    const float in[] = {0.5f, 0.5f};
    struct weir_take *take = begin(WEIR_SAMPLES_S16);
    cr_assert(weir_take_write(take, in, 1));
    lose(take, 5000);
    cr_assert(end(take));
    cr_assert_eq(read_back("take.wav"), 5001);
    for (int i = 2; i < 10002; i++)
        cr_assert_eq(got[i], 0);
}

static void
printed_line_is(const char *expected)
{
    char line[256] = "";
    FILE *f = cr_get_redirected_stdout();
    cr_assert(fgets(line, sizeof line, f));
    cr_assert_str_eq(line, expected);
}

Test(take, lost_frames_are_silence_of_the_same_length_and_counted)
{
    const float in[] = {0.5f, 0.5f};
    struct weir_take *take = begin(WEIR_SAMPLES_F32);
    cr_assert(weir_take_write(take, in, 1));
    lose(take, 7000);
    lose(take, 3);
    cr_assert(weir_take_write(take, in, 1));
    lose(take, 1);
    cr_assert(end(take));
    printed_line_is("weir-record: take.wav frames=7006 lost=7004 "
                    "dropouts=2\n");
    cr_assert_eq(read_back("take.wav"), 7006);
    cr_assert(got[0] == 0.5f && got[2] == 0 && got[2 * 7003] == 0);
    cr_assert(got[2 * 7004] == 0.5f && got[2 * 7005] == 0);
}

Test(take, lost_frames_of_another_rate_are_counted_by_themselves)
{
    const float in[4] = {0.5f, 0.5f};
    struct weir_take *take = begin(WEIR_SAMPLES_F32);
    cr_assert(weir_take_lose(take, in, 2, 6));
    cr_assert(weir_take_lose(take, in, 0, 1));
    cr_assert(end(take));
    printed_line_is("weir-record: take.wav frames=2 lost=7 dropouts=1\n");
}

Test(take, a_file_without_frames_is_still_a_file)
{
    cr_assert(end(begin(WEIR_SAMPLES_F32)));
    cr_assert_eq(read_back("take.wav"), 0);
    printed_line_is("weir-record: take.wav frames=0 lost=0 dropouts=0\n");
}

Test(take, the_same_sound_gives_the_same_bytes)
{
    float in[2000];
    for (int i = 0; i < 2000; i++)
        in[i] = (float)i / 4096;
    for (int k = 0; k < 2; k++) {
        struct weir_take *take = begin(WEIR_SAMPLES_F32);
        cr_assert(weir_take_write(take, in, 1000));
        cr_assert(end(take));
        sleep(k == 0);
    }
    cr_assert_eq(system("cmp take.wav take-1.wav"), 0);
}

Test(take, a_plain_wav_says_when_it_is_full)
{
    struct weir_take *take = begin(WEIR_SAMPLES_S16);
    const uint64_t room = weir_take_room(take, 0);
    cr_assert(room * 4 < UINT32_MAX && room * 4 > UINT32_MAX - 70000u);
    lose(take, 10);
    cr_assert_eq(weir_take_room(take, 0), room - 10);
    cr_assert(end(take));
}

// A disk that is full after so many bytes, as far as this process can tell.
static void
limit_file_size(rlim_t bytes)
{
    struct rlimit limit = {bytes, RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(take, a_full_disk_is_said_once_and_keeps_whole_frames)
{
    static float in[WEIR_TAKE_BLOCK * CHANNELS];
    for (int i = 0; i < WEIR_TAKE_BLOCK * CHANNELS; i++)
        in[i] = (float)i;
    struct weir_take *take = begin(WEIR_SAMPLES_F32);
    limit_file_size(50001);
    cr_assert(weir_take_write(take, in, WEIR_TAKE_BLOCK));
    cr_assert_not(weir_take_write(take, in, WEIR_TAKE_BLOCK));
    cr_assert_not(weir_take_keep_up(take));
    cr_assert_not(end(take));
    const sf_count_t n = read_back("take.wav");
    cr_assert(n == 6236, "%ld frames", (long)n); // (50001 - 112) / 8
    cr_assert_eq(got[2 * (n - 1)], in[2 * (n - 1 - WEIR_TAKE_BLOCK)]);
    char text[2048] = "";
    const size_t length =
        fread(text, 1, sizeof text - 1, cr_get_redirected_stderr());
    text[length] = '\0';
    const char *first = strstr(text, strerror(EFBIG));
    cr_assert(first && !strstr(first + 1, strerror(EFBIG)), "%s", text);
}

Test(take, a_file_that_cannot_be_begun_is_not_left_behind)
{
    const struct weir_take_format format = {.rate_hz = 48000, .n_channels = 2};
    limit_file_size(10);
    cr_assert_null(weir_take_open("take.wav", format, WEIR_LOG_ERROR));
    cr_assert_eq(errno, EFBIG);
    cr_assert_neq(access("take.wav", F_OK), 0);
}
