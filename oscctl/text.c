// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Reading lines of text, and words from a shell, as OSC messages.
#include "oscctl/text.h"

#include "oscctl/match.h"
#include "oscctl/text_words.h"
#include "oscctl/values.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

// A line being read, and room for one word of it.
struct reader {
    char *line; // a copy, NUL-terminated
    char *word; // as long
    size_t at;
    struct weir_text_fault *fault;
};

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

// Skip blanks; whether there is anything but a comment.
static bool
at_word(struct reader *r)
{
    while (is_blank(r->line[r->at]))
        r->at++;
    return r->line[r->at] != '\0' && r->line[r->at] != '#';
}

static bool
fault_at(struct reader *r, size_t at, const char *text)
{
    r->fault->column = (int)at + 1;
    return weir_word_fault(r->fault, "%s", text);
}

static void
take_bare(struct reader *r)
{
    size_t n = 0;
    while (r->line[r->at] != '\0' && !is_blank(r->line[r->at]))
        r->word[n++] = r->line[r->at++];
    r->word[n] = '\0';
}

static int
hex_value(const char *digits)
{
    char pair[3] = {digits[0], digits[0] ? digits[1] : '\0', '\0'};
    if (strspn(pair, "0123456789abcdefABCDEF") != 2)
        return 0;
    return (int)strtol(pair, NULL, 16);
}

// The character behind a backslash at `r->at`, 0 if there is no such.
static char
take_escape(struct reader *r)
{
    const char c = r->line[++r->at];
    r->at += c != '\0';
    switch (c) {
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'r':
        return '\r';
    case '"':
    case '\'':
    case '\\':
        return c;
    case 'x':
        break;
    default:
        return 0;
    }
    const int value = hex_value(r->line + r->at);
    r->at += value != 0 ? 2 : 0;
    return (char)value;
}

// Take what stands between the quote at `r->at` and its like.
static bool
take_quoted(struct reader *r)
{
    const size_t open = r->at;
    const char quote = r->line[r->at++];
    size_t n = 0;
    while (r->line[r->at] != quote) {
        const size_t at = r->at;
        if (r->line[at] == '\0')
            return fault_at(r, open, "the quote is not closed");
        const char c = r->line[at] == '\\' ? take_escape(r) : r->line[r->at++];
        if (c == '\0')
            return fault_at(
                r, at,
                "after \\ come \" ' \\ n t r or x and two hex digits"
                " other than 00");
        r->word[n++] = c;
    }
    r->at++;
    r->word[n] = '\0';
    if (r->line[r->at] != '\0' && !is_blank(r->line[r->at]))
        return fault_at(r, r->at, "a space is missing after the quote");
    return true;
}

static bool
take_string(struct reader *r, lo_message to)
{
    if (!take_quoted(r))
        return false;
    if (lo_message_add_string(to, r->word) != 0)
        return fault_at(r, r->at, "out of memory");
    return true;
}

static bool
take_character(struct reader *r, lo_message to)
{
    const size_t open = r->at;
    if (!take_quoted(r))
        return false;
    if (strlen(r->word) != 1)
        return fault_at(r, open, "between ' and ' stands one character");
    if (lo_message_add_char(to, r->word[0]) != 0)
        return fault_at(r, open, "out of memory");
    return true;
}

static bool
take_argument(struct reader *r, const char *address, int index, lo_message to)
{
    if (r->line[r->at] == '"')
        return take_string(r, to);
    if (r->line[r->at] == '\'')
        return take_character(r, to);
    r->fault->column = (int)r->at + 1;
    take_bare(r);
    if (weir_word_is_text(address, index))
        return lo_message_add_string(to, r->word) == 0 ||
               weir_word_fault(r->fault, "out of memory");
    return weir_word_add(to, r->word, r->fault);
}

static bool
check_address(const char *address, struct weir_text_fault *fault)
{
    struct weir_pattern pattern;
    if (strlen(address) >= WEIR_TEXT_ADDRESS_BYTES)
        return weir_word_fault(fault, "the address is too long");
    for (const char *c = address; *c; c++)
        if (*c <= ' ' || *c > '~' || *c == '#')
            return weir_word_fault(fault,
                                   "the address has a character that is not "
                                   "allowed there");
    const enum weir_match_fault ill = weir_pattern_compile(address, &pattern);
    if (ill != WEIR_MATCH_OK)
        return weir_word_fault(fault, "%.40s is no address: %s", address,
                               weir_match_fault_text(ill));
    return true;
}

static bool
take_address(struct reader *r, char *address)
{
    r->fault->column = (int)r->at + 1;
    take_bare(r);
    if (!check_address(r->word, r->fault))
        return false;
    strcpy(address, r->word); // check_address() has looked at its length
    return true;
}

// The line is UTF-8 without control characters but tabs.
static bool
check_characters(struct reader *r, size_t length)
{
    size_t at = 0;
    while (at < length) {
        unsigned code = 0;
        const size_t n = weir_utf8_next(r->line + at, &code);
        if (n == 0)
            return fault_at(r, at, "this is not UTF-8");
        if (weir_utf8_is_control(code) && !is_blank((char)code))
            return fault_at(r, at, "a control character: write it as \\x..");
        at += n;
    }
    return true;
}

static bool
take_message(struct reader *r, size_t length, struct weir_text_line *out,
             lo_message message)
{
    if (!check_characters(r, length) || !take_address(r, out->address))
        return false;
    for (int index = 0; at_word(r); index++)
        if (!take_argument(r, out->address, index, message))
            return false;
    return true;
}

static enum weir_text_result
read_message(struct reader *r, size_t length, struct weir_text_line *out)
{
    lo_message message = lo_message_new();
    if (!message || !take_message(r, length, out, message)) {
        if (message)
            lo_message_free(message);
        return WEIR_TEXT_FAULT;
    }
    out->message = message;
    return WEIR_TEXT_MESSAGE;
}

enum weir_text_result
weir_text_parse(const char *line, size_t length, struct weir_text_line *out,
                struct weir_text_fault *fault)
{
    *fault = (struct weir_text_fault){.text = "out of memory"};
    struct reader r = {.fault = fault};
    enum weir_text_result result = WEIR_TEXT_FAULT;
    r.line = malloc(length + 1);
    r.word = malloc(length + 1);
    if (r.line && r.word) {
        memcpy(r.line, line, length);
        r.line[length] = '\0';
        result = at_word(&r) ? read_message(&r, length, out) : WEIR_TEXT_BLANK;
    }
    free(r.word);
    free(r.line);
    return result;
}

// ---- words from a shell

// What a bool may also be called; 'T', 'F', or 0 if this is none.
static char
bool_of(const char *word)
{
    static const char *const yes[] = {"on", "yes", "true", "t"};
    static const char *const no[] = {"off", "no", "false", "f"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (strcasecmp(word, yes[i]) == 0)
            return 'T';
        if (strcasecmp(word, no[i]) == 0)
            return 'F';
    }
    return 0;
}

// A word that a user has put in quotes twice, to make sure it is a string.
static bool
add_quoted_word(const char *word, lo_message to, struct weir_text_fault *fault)
{
    struct weir_text_line line;
    char *text = malloc(strlen(word) + sizeof "/s ");
    if (!text)
        return weir_word_fault(fault, "out of memory");
    const int length = sprintf(text, "/s %s", word);
    const int column = fault->column;
    const enum weir_text_result result =
        weir_text_parse(text, (size_t)length, &line, fault);
    free(text);
    fault->column = column;
    if (result != WEIR_TEXT_MESSAGE)
        return false;
    const void *string = lo_message_get_argv(line.message)[0];
    const int failed = lo_message_add_string(to, string);
    lo_message_free(line.message);
    return failed == 0;
}

static bool
is_quoted(const char *word)
{
    const size_t length = strlen(word);
    return length >= 2 && word[0] == '"' && word[length - 1] == '"';
}

static bool
is_utf8(const char *text)
{
    unsigned code;
    while (*text) {
        const size_t n = weir_utf8_next(text, &code);
        if (n == 0)
            return false;
        text += n;
    }
    return true;
}

static bool
add_shell_word(const char *address, int index, const char *word, lo_message to,
               struct weir_text_fault *fault)
{
    if (!is_utf8(word))
        return weir_word_fault(fault, "it is not UTF-8");
    if (weir_word_is_text(address, index))
        return lo_message_add_string(to, word) == 0;
    if (weir_word_is_bool(address, index) && bool_of(word) != 0)
        return (bool_of(word) == 'T' ? lo_message_add_true(to)
                                     : lo_message_add_false(to)) == 0;
    if (is_quoted(word))
        return add_quoted_word(word, to, fault);
    return weir_word_add(to, word, fault);
}

bool
weir_text_from_words(const char *address, const char *const words[],
                     int n_words, lo_message *out,
                     struct weir_text_fault *fault)
{
    *fault = (struct weir_text_fault){.text = "out of memory"};
    if (!check_address(address, fault))
        return false;
    lo_message message = lo_message_new();
    bool ok = message != NULL;
    for (int i = 0; ok && i < n_words; i++) {
        fault->column = i + 1;
        ok = add_shell_word(address, i, words[i], message, fault);
    }
    if (ok)
        *out = message;
    else if (message)
        lo_message_free(message);
    return ok;
}
