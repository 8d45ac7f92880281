/* Some bytes of a file, looked at after each operation that names it (history.h). */
#include "harness/reenact/history.h"

#include "store/base/ensure.h"

#include <errno.h>
#include <string.h>

/* What is followed, and how far that has come. */
struct follow {
    const struct reenact *reenact;
    const char *path;
    uint64_t offset;
    uint32_t size_bytes;
    struct history_window now;
    bool is_found;
    struct history_change *change;
};

void history_look(struct image *image, const char *path, uint64_t offset, uint32_t size_bytes,
                  struct history_window *ret_window)
{
    const struct view view = image_view(image);
    ENSURE(size_bytes <= HISTORY_WINDOW_BYTES);
    memset(ret_window, 0, sizeof(*ret_window));
    int64_t got = view.read(view.arg, path, offset, ret_window->bytes, size_bytes);
    ret_window->size_bytes = got < 0 ? 0 : (uint32_t)got;
}

/* Bytes that a file does not have are as good as zeros: to make it longer changes none. */
static bool is_same(const struct history_window *a, const struct history_window *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static bool is_empty(const struct history_window *window)
{
    for (uint32_t i = 0; i < window->size_bytes; i++) {
        if (window->bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

/* What wrote the file that was renamed: of a window on it, the operation before the rename. */
static size_t find_writer(const struct trace *trace, size_t done, const char *path)
{
    for (size_t n = done; n > 0; n--) {
        struct trace_entry entry;
        size_t index = trace_done_index(trace, n - 1);
        trace_get(trace, index, &entry);
        if (entry.op == POINT_OP_WRITE && entry.result > 0 && strcmp(entry.path, path) == 0) {
            return index;
        }
    }
    return trace_done_index(trace, done);
}

/* After the operation `n` of a part, in an image. */
static void look_again(struct follow *follow, uint32_t part, size_t n, struct image *image)
{
    const struct trace *trace = follow->reenact->parts[part].trace;
    struct history_window after;
    struct trace_entry entry;
    if (n >= trace_done_count(trace)) {
        return;
    }
    size_t index = trace_done_index(trace, n);
    trace_get(trace, index, &entry);
    if (strcmp(entry.path, follow->path) != 0 && strcmp(entry.target, follow->path) != 0) {
        return;
    }
    history_look(image, follow->path, follow->offset, follow->size_bytes, &after);
    if (is_same(&after, &follow->now)) {
        return;
    }
    bool is_renamed = entry.op == POINT_OP_RENAME && strcmp(entry.target, follow->path) == 0;
    follow->is_found = true;
    *follow->change = (struct history_change){
        .is_removal = is_empty(&after),
        .part = part,
        .entry = is_renamed ? find_writer(trace, n, entry.path) : index,
        .before = follow->now,
        .after = after,
    };
    follow->now = after;
}

static int follow_part(struct follow *follow, uint32_t number, size_t done)
{
    const struct reenact_part *part = &follow->reenact->parts[number];
    struct image *image = image_clone(part->base);
    struct disk *disk = NULL;
    struct history_window first;
    if (image == NULL || image_disk(image, false, NULL, &disk) < 0) {
        image_free(image);
        return -ENOMEM;
    }
    if (number > 0) {
        /* The operation in flight may have reached the disk when the power failed. */
        look_again(follow, number - 1, follow->reenact->parts[number - 1].done, image);
    }
    history_look(image, follow->path, follow->offset, follow->size_bytes, &first);
    if (follow->is_found && !is_same(&first, &follow->now)) {
        follow->change->is_lost = true;
    }
    follow->now = first;
    int r = 0;
    for (size_t n = 0; n < done; n++) {
        const struct trace_span span = {.from_count = n, .upto_count = n + 1};
        r = trace_replay(part->trace, &span, disk, NULL);
        if (r < 0) {
            break;
        }
        look_again(follow, number, n, image);
    }
    disk_free(disk);
    image_free(image);
    return r;
}

/* Follows the parts; of a restart its first round or, with `is_all`, all. */
static bool follow_parts(struct follow *follow, uint32_t part_count, bool is_all)
{
    memset(follow->change, 0, sizeof(*follow->change));
    for (uint32_t i = 0; i < part_count; i++) {
        const struct reenact_part *part = &follow->reenact->parts[i];
        size_t done = part->is_restart && !is_all ? reenact_restart_done(part, 0) : part->done;
        if (follow_part(follow, i, done) < 0) {
            return false;
        }
    }
    return follow->is_found;
}

bool history_last(const struct reenact *reenact, const char *path, uint64_t offset,
                  uint32_t size_bytes, bool is_all, struct history_change *ret_change)
{
    struct follow follow = {reenact, path, offset, size_bytes, .change = ret_change};
    return follow_parts(&follow, reenact->part_count, is_all);
}

bool history_before_restart(const struct reenact *reenact, const char *path, uint64_t offset,
                            struct history_change *ret_change)
{
    struct follow follow = {reenact, path, offset, HISTORY_WINDOW_BYTES, .change = ret_change};
    uint32_t count = reenact->part_count;
    count -= count > 0 && reenact->parts[count - 1].is_restart ? 1 : 0;
    return follow_parts(&follow, count, false);
}
