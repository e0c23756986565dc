// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the encoders have in common.
#ifndef WEIR_RECORD_ENCODER_PRIVATE_H
#define WEIR_RECORD_ENCODER_PRIVATE_H

#include "record/encoder.h"

struct weir_encoder {
    const struct weir_encoder_ops *ops;
    struct weir_take_format format;
    int fd;
    uint64_t data_offset; // bytes before the first frame
    bool failed;          // a write did
    float *block;         // WEIR_ENCODER_BLOCK frames; lossy kinds' and silence
};

/// One encoder library.  `begin` and the others are @reader.
struct weir_encoder_ops {
    /// Room for a derived struct, zeroed but for the fields above.
    size_t size;
    /// False with *why set.  `end` is called in any case.
    bool (*begin)(struct weir_encoder *encoder, const char **why);
    bool (*write)(struct weir_encoder *encoder, const float *frames,
                  uint32_t n);
    bool (*update)(struct weir_encoder *encoder);
    const char *(*why)(const struct weir_encoder *encoder);
    /// Write what is left and free what begin() made, but not the struct.
    bool (*end)(struct weir_encoder *encoder);
    /// After a failure and end(): how many frames, in how many bytes, the
    /// file has whole.
    void (*salvage)(struct weir_encoder *encoder, uint64_t *n_frames,
                    uint64_t *n_bytes);
};

extern const struct weir_encoder_ops weir_encoder_flac;
extern const struct weir_encoder_ops weir_encoder_opus;
extern const struct weir_encoder_ops weir_encoder_sndfile;
extern const struct weir_encoder_ops weir_encoder_vorbis;

#endif
