// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Columns, by wcwidth().
#include "oscctl/ctl/meters/text.h"

#include "oscctl/values.h"

// Marks that reorder or hide what stands around them.
static bool
is_steering(unsigned code)
{
    return (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0x061c ||
           code == 0xfeff || (code >= 0xe0000 && code <= 0xe007f);
}

// The character at `text`, or '?'; its length in bytes.
static size_t
take_character(const char *text, bool unicode, wchar_t *out)
{
    unsigned code = 0;
    const size_t n = weir_utf8_next(text, &code);
    const bool ok = n > 0 && !weir_utf8_is_control(code) &&
                    !is_steering(code) && (unicode || code < 0x80) &&
                    wcwidth((wchar_t)code) >= 0;
    *out = ok ? (wchar_t)code : L'?';
    return n > 0 ? n : 1;
}

int
ctl_text_fit(wchar_t *out, size_t n_out, const char *utf8, int width,
             bool unicode)
{
    enum { MARKS_MAX = 2 }; // on one character
    int column = 0, n_marks = MARKS_MAX;
    size_t n = 0;
    while (*utf8 && n + 1 < n_out) {
        wchar_t c;
        utf8 += take_character(utf8, unicode, &c);
        const int columns = wcwidth(c);
        if (column + columns > width)
            break;
        n_marks = columns == 0 ? n_marks + 1 : 0;
        if (n_marks > MARKS_MAX)
            continue;
        out[n++] = c;
        column += columns;
    }
    out[n] = L'\0';
    return column;
}
