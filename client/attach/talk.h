// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// What travels on the connection after the attach: commands and farewells
// from weir, answers to it. Readers and feeds alike.
#ifndef WEIR_ATTACH_TALK_H
#define WEIR_ATTACH_TALK_H

#include <stdint.h>

enum weir_talk_kind {
    WEIR_TALK_NOTHING, ///< weir has nothing to say now
    WEIR_TALK_OTHER,   ///< a word that is not known here
    WEIR_TALK_COMMAND,
    WEIR_TALK_BYE,      ///< or it hung up without a word
    WEIR_TALK_DONE,     ///< an answer to a request of ours
    WEIR_TALK_FAILED,   ///< the same, with the reason
    WEIR_TALK_RELEASED, ///< waited for no more
};

struct weir_talk {
    enum weir_talk_kind kind;
    int32_t request;    // of a command or an answer
    char verb[32];      // the same
    char argument[512]; // the same: the first string, or ""
    char reason[128];   // of a farewell or a failure, for people
};

/// Take in one packet, without waiting.  @reader
void weir_talk_hear(int socket, struct weir_talk *out);

/// Answer a command: null for done, otherwise why not.  @reader  Does not
/// wait.
void weir_talk_answer(int socket, int32_t request, const char *failure);

#endif
