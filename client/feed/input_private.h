// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The kinds of input, between their files.
#ifndef WEIR_FEED_INPUT_PRIVATE_H
#define WEIR_FEED_INPUT_PRIVATE_H

#include "feed/input.h"

struct weir_sound_file;
struct weir_stream;

/// Let libsndfile read `fd`, which is taken when that succeeds.  @feeder
/// Null: it knows no such format (`*known` false), or it failed; what it says
/// of that is in *why.
struct weir_sound_file *weir_sound_file_open(int fd, bool *known,
                                             const char **why);
void weir_sound_file_close(struct weir_sound_file *s);
struct weir_input_format
weir_sound_file_format(const struct weir_sound_file *s);
enum weir_input_result weir_sound_file_read(struct weir_sound_file *s,
                                            const char *name, float *frames,
                                            uint32_t max, uint32_t *n);
bool weir_sound_file_rewind(struct weir_sound_file *s);

/// A stream of samples at `fd`, which is taken.  @feeder  As the functions of
/// weir_input.
struct weir_stream *weir_stream_new(const struct weir_feed_options *options,
                                    int fd, bool is_file);
void weir_stream_free(struct weir_stream *s);
enum weir_input_result weir_stream_format(struct weir_stream *s,
                                          struct weir_input_format *out);
void weir_stream_settle(struct weir_stream *s, struct weir_input_format format);
enum weir_input_result weir_stream_read(struct weir_stream *s, float *frames,
                                        uint32_t max, uint32_t *n);
int weir_stream_fd(const struct weir_stream *s);
uint64_t weir_stream_discard(struct weir_stream *s);
bool weir_stream_rewind(struct weir_stream *s);

#endif
