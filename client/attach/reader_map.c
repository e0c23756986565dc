// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// Mapping what weir hands over. Nothing is believed: a file that could
// shrink would kill the reader with SIGBUS, and a header that lies would
// send it outside of its mapping.
#include "attach/reader_error.h"
#include "attach/reader_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// Far more than anybody's memory, far less than what overflows a size.
#define MAX_CAPACITY (UINT64_C(1) << 36)

static enum weir_reader_result
wrong(struct weir_reader_error *error, const char *what)
{
    return weir_reader_fail(error, WEIR_READER_SYSTEM,
                            "attach: weir's ring: %s (is weir damaged or of "
                            "another version?)",
                            what);
}

// Look at a copy of the header: weir could change the shared one under us.
static enum weir_reader_result
check_head(const struct weir_broadcast_page *head, uint64_t size,
           struct weir_reader_error *error)
{
    if (head->magic != WEIR_BROADCAST_MAGIC)
        return wrong(error, "no ring at all");
    if (head->abi != WEIR_BROADCAST_ABI)
        return weir_reader_fail(error, WEIR_READER_REFUSED,
                                "attach: weir's ring has ABI version %u, this "
                                "program reads version %u (use programs of "
                                "one release)",
                                head->abi, WEIR_BROADCAST_ABI);
    if (head->n_channels < 1 || head->n_channels > WEIR_READER_MAX_CHANNELS)
        return wrong(error, "impossible channel count");
    if (head->capacity < 2 || head->capacity % 2 != 0 ||
        head->capacity > MAX_CAPACITY)
        return wrong(error, "impossible capacity");
    // relaxed: a copy that nobody else sees.
    if (head->first >
        atomic_load_explicit(&head->published, memory_order_relaxed))
        return wrong(error, "it begins after its end");
    if (head->data_offset != WEIR_BROADCAST_DATA_OFFSET ||
        size < weir_broadcast_bytes(head->capacity, head->n_channels))
        return wrong(error, "its size contradicts its header");
    return WEIR_READER_OK;
}

static enum weir_reader_result
map(int fd, size_t n_bytes, int protection, void **out,
    struct weir_reader_error *error)
{
    void *memory = mmap(NULL, n_bytes, protection, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return weir_reader_fail(error, WEIR_READER_SYSTEM,
                                "attach: mapping weir's memory: %s",
                                strerror(errno));
    *out = memory;
    return WEIR_READER_OK;
}

static void
describe(struct weir_reader_source *out, const struct weir_broadcast_page *head)
{
    out->ring =
        weir_broadcast_view(out->memory, head->capacity, head->n_channels);
    out->first = head->first;
}

enum weir_reader_result
weir_reader_map_source(int fd, struct weir_reader_source *out,
                       uint32_t *rate_hz, struct weir_reader_error *error)
{
    struct weir_broadcast_page head;
    const uint64_t size = weir_attach_sealed_size(fd);
    if (size < WEIR_BROADCAST_DATA_OFFSET)
        return wrong(error, "not sealed, or too small");
    if (pread(fd, &head, sizeof head, 0) != (ssize_t)sizeof head)
        return wrong(error, "its header cannot be read");
    enum weir_reader_result result = check_head(&head, size, error);
    if (result != WEIR_READER_OK)
        return result;
    out->n_bytes = weir_broadcast_bytes(head.capacity, head.n_channels);
    result = map(fd, out->n_bytes, PROT_READ, &out->memory, error);
    if (result != WEIR_READER_OK)
        return result;
    describe(out, &head);
    *rate_hz = head.rate_hz;
    return WEIR_READER_OK;
}

void
weir_reader_unmap_source(struct weir_reader_source *source)
{
    if (source->memory)
        munmap(source->memory, source->n_bytes);
    source->memory = NULL;
}

enum weir_reader_result
weir_reader_map_page(int fd, struct weir_reader_page **out,
                     struct weir_reader_error *error)
{
    void *memory = NULL;
    if (weir_attach_sealed_size(fd) < WEIR_READER_PAGE_BYTES)
        return wrong(error, "the reader's page is not sealed, or too small");
    const enum weir_reader_result result =
        map(fd, WEIR_READER_PAGE_BYTES, PROT_READ | PROT_WRITE, &memory, error);
    if (result == WEIR_READER_OK)
        *out = memory;
    return result;
}

void
weir_reader_unmap_page(struct weir_reader_page *page)
{
    if (page)
        munmap(page, WEIR_READER_PAGE_BYTES);
}
