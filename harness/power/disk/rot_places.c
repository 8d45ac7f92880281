/* Files by kind, and what was written in them (rot_places.h). */
#include "harness/power/disk/rot_places.h"

#include "harness/power/disk/image_content.h"
#include "harness/power/disk/image_tree.h"
#include "harness/scenario/prng.h"
#include "store/base/bytes.h"
#include "store/disk/file_kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_STREAM UINT64_C(0x4071)
#define MAGIC_V1      0xDAA320A7u
#define MAGIC_V2      0xDAA320ABu
#define MAGIC_AT      4   /* in a record */
#define ENTRY_HEAD    48  /* of DLedger, before a record */
#define RECORD_HEAD   136 /* to the end of the longest fixed fields */
#define HEADS_MAX     64
/* One in so many is a whole sector, lies past what was written, or is in a head. */
#define SECTOR_EVERY 5u
#define PAST_EVERY   8u
#define HEAD_EVERY   2u

struct place_file {
    const char *path;
    uint32_t kind;
    uint64_t size_bytes;
    uint64_t written_bytes; /* up to the last byte that is not zero */
    uint64_t heads[HEADS_MAX];
    uint32_t head_count;
};

struct rot_places {
    struct place_file *files;
    uint32_t count;
    uint32_t kind_count;
};

/* Files of one row of a store are of one kind; any other is its own. */
static bool is_same_kind(const char *a, const char *b)
{
    enum file_kind kind = file_kind_of(a);
    bool is_row =
        file_kind_is_log(kind) || kind == FILE_KIND_QUEUE || kind == FILE_KIND_DLEDGER_INDEX;
    return is_row ? file_kind_of(b) == kind : strcmp(a, b) == 0;
}

static uint32_t find_kind(struct rot_places *places, const char *path)
{
    for (uint32_t i = 0; i < places->count; i++) {
        if (is_same_kind(places->files[i].path, path)) {
            return places->files[i].kind;
        }
    }
    return places->kind_count++;
}

/* Whether a plan may name it: what decays unseen is refused there. */
static bool can_rot(const char *path)
{
    char text[PLAN_PATH_SIZE_BYTES + 16];
    struct plan_before before;
    int length = snprintf(text, sizeof(text), "rot:%s@0.0", path);
    return length > 0 && (size_t)length < sizeof(text) &&
           plan_before_parse(text, &before, NULL) == 0;
}

/* The end of what was written, and where records begin. */
static void look_at_page(struct place_file *file, uint64_t page_at, const uint8_t *bytes,
                         size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++) {
        if (bytes[i] != 0) {
            file->written_bytes = page_at + i + 1;
        }
        if (i + MAGIC_AT + 4 > size_bytes || file->head_count == HEADS_MAX) {
            continue;
        }
        uint32_t magic = bytes_get_be32(bytes + i + MAGIC_AT);
        if (magic == MAGIC_V1 || magic == MAGIC_V2) {
            file->heads[file->head_count++] = page_at + i;
        }
    }
}

static int look_at(void *arg, uint64_t page_index, struct image_page *page)
{
    struct place_file *file = arg;
    uint64_t at = page_index * IMAGE_PAGE_SIZE_BYTES;
    uint64_t left = file->size_bytes - at;
    look_at_page(file, at, page->data,
                 left < IMAGE_PAGE_SIZE_BYTES ? (size_t)left : IMAGE_PAGE_SIZE_BYTES);
    return 0;
}

struct rot_places *rot_places_new(const struct image *image)
{
    struct rot_places *places = calloc(1, sizeof(*places));
    if (places == NULL) {
        return NULL;
    }
    places->files = calloc((size_t)image->entry_count + 1, sizeof(*places->files));
    if (places->files == NULL) {
        return rot_places_free(places);
    }
    for (uint32_t i = 0; i < image->entry_count; i++) {
        const struct image_entry *entry = &image->entries[i];
        if (image_tree_is_dir(entry) || !can_rot(entry->name->path)) {
            continue;
        }
        const struct image_content *content = image->files[entry->file].content;
        if (content->size_bytes > 0) {
            struct place_file *file = &places->files[places->count];
            file->path = entry->name->path;
            file->size_bytes = content->size_bytes;
            file->kind = find_kind(places, file->path);
            (void)image_content_each(content, look_at, file);
            places->count++;
        }
    }
    return places;
}

struct rot_places *rot_places_free(struct rot_places *places)
{
    if (places != NULL) {
        free(places->files);
        free(places);
    }
    return NULL;
}

/* One of the files of a kind; rows have many, and those with nothing written are drawn less. */
static const struct place_file *draw_file(const struct rot_places *places, uint32_t kind,
                                          struct prng *prng)
{
    const struct place_file *drawn = NULL;
    uint64_t weight = 0;
    for (uint32_t i = 0; i < places->count; i++) {
        const struct place_file *file = &places->files[i];
        uint64_t own = file->kind != kind ? 0 : (file->written_bytes > 0 ? 8 : 1);
        weight += own;
        if (own > 0 && prng_below(prng, weight) < own) {
            drawn = file;
        }
    }
    return drawn;
}

static uint64_t draw_offset(const struct place_file *file, struct prng *prng)
{
    bool is_past = prng_below(prng, PAST_EVERY) == 0 || file->written_bytes == 0;
    uint64_t limit = is_past ? file->size_bytes : file->written_bytes;
    if (!is_past && file->head_count > 0 && prng_below(prng, HEAD_EVERY) == 0) {
        uint64_t head = file->heads[prng_below(prng, file->head_count)];
        uint64_t first = head < ENTRY_HEAD ? 0 : head - ENTRY_HEAD;
        uint64_t at = first + prng_below(prng, ENTRY_HEAD + RECORD_HEAD);
        return at < limit ? at : limit - 1;
    }
    return prng_below(prng, limit);
}

bool rot_places_pick(const struct rot_places *places, uint64_t seed, uint64_t number,
                     struct plan_before *ret_before)
{
    struct prng prng;
    memset(ret_before, 0, sizeof(*ret_before));
    if (places->kind_count == 0) {
        return false;
    }
    prng_init(&prng, seed ^ (number * UINT64_C(0x9e3779b97f4a7c15)), PLACES_STREAM);
    const struct place_file *file =
        draw_file(places, (uint32_t)(number % places->kind_count), &prng);
    if (file == NULL) {
        return false;
    }
    ret_before->kind = PLAN_BEFORE_ROT;
    (void)snprintf(ret_before->path, sizeof(ret_before->path), "%s", file->path);
    ret_before->offset = draw_offset(file, &prng);
    ret_before->bit =
        prng_below(&prng, SECTOR_EVERY) == 0 ? PLAN_ROT_SECTOR : (uint32_t)prng_below(&prng, 8);
    return true;
}
