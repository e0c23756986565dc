// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The names of files that are made.
#include "common/name.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_TRIES = 100000 };

static const char *
last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

// The name stands in one line of output, and on terminals.
static bool
has_control_characters(const char *path)
{
    for (const char *c = path; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return true;
    return false;
}

// The pattern is the user's: no compiler can check it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static size_t
format_time(const char *pattern, const struct tm *tm, char *out, size_t size)
{
    return strftime(out, size, pattern, tm);
}
#pragma GCC diagnostic pop

const char *
weir_name_expand(const char *pattern, time_t when, char *out, size_t size)
{
    struct tm tm;
    if (has_control_characters(pattern))
        return "control characters in a file's name";
    localtime_r(&when, &tm);
    if (pattern[0] == '\0' || format_time(pattern, &tm, out, size) == 0)
        return "the file's name is empty or too long";
    if (has_control_characters(out))
        return "control characters in a file's name (%n and %t make them)";
    if (last_part(out)[0] == '\0')
        return "a folder, not a file";
    return NULL;
}

const char *
weir_name_extension(const char *path)
{
    const char *name = last_part(path);
    const char *dot = strrchr(name, '.');
    // ".hidden" has none.
    return dot && dot != name ? dot : path + strlen(path);
}

int
weir_name_create(const char *path, char *out, size_t size)
{
    const char *extension = weir_name_extension(path);
    const int n_stem = (int)(extension - path);
    for (int i = 0; i < MAX_TRIES; i++) {
        char number[16] = "";
        if (i > 0)
            snprintf(number, sizeof number, "-%d", i);
        const int n =
            snprintf(out, size, "%.*s%s%s", n_stem, path, number, extension);
        if (n < 0 || (size_t)n >= size) {
            errno = ENAMETOOLONG;
            return -1;
        }
        const int fd = open(out, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

int
weir_name_check_folder(const char *path)
{
    char folder[WEIR_NAME_BYTES];
    const int n = (int)(last_part(path) - path);
    // "DIR/." fails when DIR is a file, too.
    snprintf(folder, sizeof folder, "%.*s.", n, path);
    return access(folder, W_OK | X_OK) == 0 ? 0 : errno;
}
