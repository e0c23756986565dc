// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// Where instances live.
#include "attach/paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
weir_paths_name_ok(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789_.-";
    const size_t length = strlen(name);
    if (length < 1 || length > WEIR_NAME_MAX)
        return false;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    return strspn(name, allowed) == length;
}

bool
weir_paths_run_dir(const char *option, char *out, size_t size)
{
    const char *xdg = getenv("XDG_RUNTIME_DIR");
    int n;
    if (option)
        n = snprintf(out, size, "%s", option);
    else if (xdg && xdg[0] == '/')
        n = snprintf(out, size, "%s/weir", xdg);
    else
        n = snprintf(out, size, "/tmp/weir-%u", (unsigned)getuid());
    return n > 0 && (size_t)n < size;
}

bool
weir_paths_file(const char *run_dir, const char *instance, const char *file,
                char *out, size_t size)
{
    const int n = snprintf(out, size, "%s/%s%s%s", run_dir, instance,
                           file ? "/" : "", file ? file : "");
    return n > 0 && (size_t)n < size;
}
