// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// A reader's request, as protocol.h has it.
#include "attach/connect.h"
#include "attach/reader_private.h"

static size_t
build_request(const struct weir_reader_config *config, unsigned char *packet)
{
    static const char *const main_bus[] = {"main"};
    const bool given = config->sources && config->n_sources > 0;
    const char *const *sources = given ? config->sources : main_bus;
    const unsigned n = given ? config->n_sources : 1;
    struct weir_wire_out w;
    weir_wire_begin(&w, "/attach");
    weir_wire_int(&w, WEIR_BROADCAST_ABI);
    weir_wire_string(&w, config->program ? config->program : "reader");
    weir_wire_string(&w, config->id ? config->id : "");
    for (unsigned i = 0; i < n; i++)
        weir_wire_string(&w, sources[i]);
    return weir_wire_end(&w, packet, WEIR_ATTACH_MAX_PACKET);
}

enum weir_reader_result
weir_reader_ask_for(int socket, const struct weir_reader_config *config,
                    struct weir_attach_answer *out,
                    struct weir_reader_error *error)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    int32_t rate_hz;
    if (config->sources && config->n_sources > WEIR_ATTACH_MAX_SOURCES)
        return weir_reader_fail(error, WEIR_READER_REFUSED,
                                "attach: %u sources are too many (at most %d)",
                                config->n_sources, WEIR_ATTACH_MAX_SOURCES);
    const size_t n = build_request(config, packet);
    if (n == 0)
        return weir_reader_fail(error, WEIR_READER_REFUSED,
                                "attach: the sources' names are too long");
    const enum weir_reader_result result =
        weir_attach_exchange(socket, packet, n, "/attached", "si", out, error);
    if (result != WEIR_READER_OK)
        return result;
    if (weir_wire_get_int(&out->message, 1, &rate_hz) && rate_hz > 0)
        return WEIR_READER_OK;
    weir_attach_close_answer(out);
    return weir_reader_fail(error, WEIR_READER_SYSTEM,
                            "attach: weir's answer makes no sense (is it "
                            "another version?)");
}
