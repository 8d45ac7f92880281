/* Recording what is asked of an image (prune_record.h). */
#include "harness/run/prune_record.h"

#include "store/base/ensure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_FIRST    256
#define NO_PATH         UINT32_MAX
#define PAGE_INDEX_BITS 42

/* Where a file's content comes from. */
struct origin {
    const char *text; /* its path when the recording began; NULL: the run made it */
    uint32_t path;    /* the number of `text`, or NO_PATH: not looked up yet */
    bool is_size_known;
    uint64_t cut_page_index; /* the run cut the file here: pages from here on are its own doing */
};

/* A question that need not be asked again. */
struct known {
    uint64_t key;
    uint32_t generation; /* of another recording: free */
};

struct prune_record {
    struct prune_paths *paths;
    struct image *image; /* NULL: nothing is recorded */
    int error;
    struct image before; /* the names as they were; its files are not used */
    struct origin *origins;
    uint32_t origin_count;
    uint32_t origin_capacity;
    struct prune_asked *asked;
    size_t asked_count;
    size_t asked_capacity;
    struct known *known;
    size_t known_count;
    size_t known_capacity;
    uint32_t generation;
};

struct prune_record *prune_record_new(struct prune_paths *paths)
{
    struct prune_record *record = calloc(1, sizeof(*record));

    if (record != NULL) {
        record->paths = paths;
    }
    return record;
}

/* Gives back the names. */
static void forget_names(struct prune_record *record)
{
    for (uint32_t i = 0; i < record->before.entry_count; i++) {
        image_tree_name_unref(record->before.entries[i].name);
    }
    record->before.entry_count = 0;
}

struct prune_record *prune_record_free(struct prune_record *record)
{
    if (record != NULL) {
        if (record->image != NULL) {
            record->image->record = NULL;
        }
        forget_names(record);
        free(record->before.entries);
        free(record->origins);
        free(record->asked);
        free(record->known);
        free(record);
    }
    return NULL;
}

/* Beginning and ending. */

static int reserve_names(struct prune_record *record, const struct image *image)
{
    if (record->before.entry_capacity < image->entry_count) {
        struct image_entry *entries =
            reallocarray(record->before.entries, image->entry_capacity, sizeof(entries[0]));

        if (entries == NULL) {
            return -ENOMEM;
        }
        record->before.entries = entries;
        record->before.entry_capacity = image->entry_capacity;
    }
    if (record->origin_capacity < image->file_count) {
        struct origin *origins =
            reallocarray(record->origins, image->file_capacity, sizeof(origins[0]));

        if (origins == NULL) {
            return -ENOMEM;
        }
        record->origins = origins;
        record->origin_capacity = image->file_capacity;
    }
    return 0;
}

static void take_names(struct prune_record *record, const struct image *image)
{
    record->origin_count = image->file_count;
    for (uint32_t i = 0; i < image->file_count; i++) {
        /* A file without a name that is still open would have no path to go by. */
        ENSURE(image->files[i].content == NULL || image->files[i].is_linked);
        record->origins[i] = (struct origin){.text = NULL};
    }
    record->before.entry_count = image->entry_count;
    for (uint32_t i = 0; i < image->entry_count; i++) {
        const struct image_entry *entry = &image->entries[i];

        record->before.entries[i] = *entry;
        entry->name->ref_count++;
        if (!image_tree_is_dir(entry)) {
            record->origins[entry->file] = (struct origin){
                .text = entry->name->path,
                .path = NO_PATH,
                .cut_page_index = UINT64_MAX,
            };
        }
    }
}

int prune_record_begin(struct prune_record *record, struct image *image)
{
    int result = reserve_names(record, image);

    ENSURE(record->image == NULL && image->record == NULL);
    if (result < 0) {
        return result;
    }
    take_names(record, image);
    if (++record->generation == 0) {
        memset(record->known, 0, record->known_capacity * sizeof(record->known[0]));
        record->generation = 1;
    }
    record->known_count = 0;
    record->asked_count = 0;
    record->error = 0;
    record->image = image;
    image->record = record;
    return 0;
}

int prune_record_end(struct prune_record *record, const struct prune_asked **ret_asked,
                     size_t *ret_count)
{
    if (record->image != NULL) {
        record->image->record = NULL;
        record->image = NULL;
    }
    forget_names(record);
    *ret_asked = record->asked;
    *ret_count = record->asked_count;
    return record->error;
}

bool prune_record_is_of(const struct prune_record *record, const struct image *image)
{
    return record->image == image;
}

/* What is known. */

static struct known *find_known(const struct prune_record *record, uint64_t key)
{
    size_t mask = record->known_capacity - 1;
    size_t at = (size_t)(((key ^ (key >> 32)) * 0x9e3779b97f4a7c15U) >> 32) & mask;

    while (record->known[at].generation == record->generation && record->known[at].key != key) {
        at = (at + 1) & mask;
    }
    return &record->known[at];
}

static int grow_known(struct prune_record *record)
{
    size_t old_capacity = record->known_capacity;
    struct known *old = record->known;
    size_t capacity = old_capacity == 0 ? RECORD_FIRST : 2 * old_capacity;
    struct known *grown = calloc(capacity, sizeof(grown[0]));

    if (grown == NULL) {
        return -ENOMEM;
    }
    record->known = grown;
    record->known_capacity = capacity;
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].generation == record->generation) {
            *find_known(record, old[i].key) = old[i];
        }
    }
    free(old);
    return 0;
}

static uint64_t key_of(enum prune_kind kind, uint32_t path, uint64_t page_index)
{
    return ((uint64_t)kind << (PAGE_INDEX_BITS + 20)) | ((uint64_t)path << PAGE_INDEX_BITS) |
           page_index;
}

static bool is_known(const struct prune_record *record, enum prune_kind kind, uint32_t path)
{
    uint64_t key = key_of(kind, path, 0);

    return record->known_count > 0 && find_known(record, key)->generation == record->generation;
}

/* Makes the answer known; false when it was (or when all is lost). */
static bool make_known(struct prune_record *record, enum prune_kind kind, uint32_t path,
                       uint64_t page_index)
{
    uint64_t key = key_of(kind, path, page_index);
    struct known *known = NULL;

    if (record->error == 0 && page_index >> PAGE_INDEX_BITS != 0) {
        record->error = -ENOBUFS;
    }
    if (record->error == 0 && 2 * record->known_count >= record->known_capacity) {
        record->error = grow_known(record);
    }
    if (record->error < 0) {
        return false;
    }
    known = find_known(record, key);
    if (known->generation == record->generation) {
        return false;
    }
    *known = (struct known){.key = key, .generation = record->generation};
    record->known_count++;
    return true;
}

/* Writes a question down. */
static void ask(struct prune_record *record, enum prune_kind kind, uint32_t path,
                uint64_t page_index, uint64_t answer)
{
    if (record->paths->paths[path].is_blind) {
        return;
    }
    if (record->asked_count == record->asked_capacity) {
        size_t capacity = record->asked_capacity == 0 ? RECORD_FIRST : 2 * record->asked_capacity;
        struct prune_asked *asked = reallocarray(record->asked, capacity, sizeof(asked[0]));

        if (asked == NULL) {
            record->error = -ENOMEM;
            return;
        }
        record->asked = asked;
        record->asked_capacity = capacity;
    }
    record->asked[record->asked_count++] = (struct prune_asked){
        .question = {.page_index = page_index, .path = path, .kind = (uint32_t)kind},
        .answer = answer,
    };
}

/* Names. */

static bool path_number(struct prune_record *record, const char *path, uint32_t *ret_number)
{
    int result = prune_path_number(record->paths, path, ret_number);

    if (result < 0 && record->error == 0) {
        record->error = result;
    }
    return record->error == 0;
}

/* Whether there is a directory now. */
static bool is_dir(const struct prune_record *record, uint32_t path)
{
    const struct image_entry *entry = NULL;

    if (path == PRUNE_PATH_ROOT) {
        return true;
    }
    entry = image_tree_find(record->image, record->paths->paths[path].text);
    return entry != NULL && image_tree_is_dir(entry);
}

/* From the top down: below what is no directory there is nothing to ask.  What the run made,
 * removed or moved is known, and so is all that a known directory holds, so what is asked for here
 * is as it was; what was there still is, and its directory too. */
static void ask_entry(struct prune_record *record, uint32_t path)
{
    const struct prune_path *paths = record->paths->paths;
    uint32_t parent = paths[path].parent;
    const struct image_entry *entry = NULL;

    if (path == PRUNE_PATH_ROOT || !make_known(record, PRUNE_ENTRY, path, 0)) {
        return;
    }
    ask_entry(record, parent);
    if (!is_known(record, PRUNE_LIST, parent)) {
        entry = image_tree_find(&record->before, paths[path].text);
        if (entry != NULL || is_dir(record, parent)) {
            ask(record, PRUNE_ENTRY, path, 0, prune_answer_entry(entry));
        }
    }
}

/* The path is a directory. */
static void ask_list(struct prune_record *record, uint32_t path)
{
    if (make_known(record, PRUNE_LIST, path, 0)) {
        ask(record, PRUNE_LIST, path, 0,
            prune_answer_list(&record->before, record->paths->paths[path].text));
    }
}

void prune_record_path(struct prune_record *record, const char *path)
{
    uint32_t number = 0;

    if (path_number(record, path, &number)) {
        ask_entry(record, number);
    }
}

void prune_record_list(struct prune_record *record, const char *path)
{
    uint32_t number = 0;

    if (path_number(record, path, &number)) {
        ask_entry(record, number);
        if (is_dir(record, number)) {
            ask_list(record, number);
        }
    }
}

/* Calls `each` for the path and those below it that are directories now. */
static void each_dir(struct prune_record *record, const char *path,
                     void (*each)(struct prune_record *record, uint32_t path))
{
    const struct image *image = record->image;
    bool is_there = false;
    uint32_t number = 0;
    uint32_t place = image_tree_place(image, path, &is_there);

    if (path[0] == '\0' && path_number(record, path, &number)) {
        each(record, number);
        place = 0;
        is_there = true;
    }
    for (uint32_t i = place; is_there && i < image->entry_count; i++) {
        const struct image_entry *entry = &image->entries[i];

        if (i > place && !image_tree_is_below(entry->name->path, path)) {
            break;
        }
        if (image_tree_is_dir(entry) && path_number(record, entry->name->path, &number)) {
            each(record, number);
        }
    }
}

void prune_record_below(struct prune_record *record, const char *path)
{
    prune_record_path(record, path);
    each_dir(record, path, ask_list);
}

void prune_record_rename(struct prune_record *record, const char *from, const char *to)
{
    uint32_t from_number = 0;
    uint32_t to_number = 0;

    if (!path_number(record, from, &from_number) || !path_number(record, to, &to_number)) {
        return;
    }
    ask_entry(record, from_number);
    ask_entry(record, to_number);
    if (is_dir(record, from_number)) {
        prune_record_list(record, to); /* it must be empty */
        each_dir(record, from, ask_list);
    }
}

static void know_list(struct prune_record *record, uint32_t path)
{
    (void)make_known(record, PRUNE_LIST, path, 0);
}

void prune_record_made(struct prune_record *record, const char *path)
{
    each_dir(record, path, know_list);
}

/* Files. */

void prune_record_created(struct prune_record *record, uint32_t file)
{
    if (file < record->origin_count) {
        record->origins[file].text = NULL;
    }
}

/* NULL: the run made the file. */
static struct origin *find_origin(struct prune_record *record, uint32_t file)
{
    struct origin *origin = file < record->origin_count ? &record->origins[file] : NULL;

    if (origin == NULL || origin->text == NULL || record->error < 0) {
        return NULL;
    }
    if (origin->path == NO_PATH && !path_number(record, origin->text, &origin->path)) {
        return NULL;
    }
    return origin;
}

static void ask_size(struct prune_record *record, struct origin *origin, uint32_t file)
{
    if (!origin->is_size_known) {
        origin->is_size_known = true;
        ask(record, PRUNE_SIZE, origin->path, 0,
            prune_answer_size(record->image->files[file].content));
    }
}

/* A page that is not known has not been written. */
static void ask_page(struct prune_record *record, const struct origin *origin, uint32_t file,
                     uint64_t page_index)
{
    if (page_index < origin->cut_page_index &&
        make_known(record, PRUNE_PAGE, origin->path, page_index)) {
        ask(record, PRUNE_PAGE, origin->path, page_index,
            prune_answer_page(record->image->files[file].content, page_index));
    }
}

void prune_record_size(struct prune_record *record, uint32_t file)
{
    struct origin *origin = find_origin(record, file);

    if (origin != NULL) {
        ask_size(record, origin, file);
    }
}

void prune_record_read(struct prune_record *record, uint32_t file, uint64_t offset,
                       uint64_t size_bytes)
{
    struct origin *origin = find_origin(record, file);
    uint64_t limit_bytes = record->image->files[file].content->size_bytes;

    if (origin == NULL) {
        return;
    }
    ask_size(record, origin, file);
    if (offset >= limit_bytes || size_bytes == 0) {
        return;
    }
    if (size_bytes > limit_bytes - offset) {
        size_bytes = limit_bytes - offset;
    }
    for (uint64_t i = offset / IMAGE_PAGE_SIZE_BYTES;
         i <= (offset + size_bytes - 1) / IMAGE_PAGE_SIZE_BYTES; i++) {
        ask_page(record, origin, file, i);
    }
}

/* A page written in part keeps some of what was there; one written whole does not. */
void prune_record_write(struct prune_record *record, uint32_t file, uint64_t offset,
                        uint64_t size_bytes)
{
    struct origin *origin = find_origin(record, file);
    uint64_t end = offset + size_bytes;

    if (origin == NULL) {
        return;
    }
    ask_size(record, origin, file);
    for (uint64_t i = offset / IMAGE_PAGE_SIZE_BYTES; i * IMAGE_PAGE_SIZE_BYTES < end; i++) {
        bool is_whole =
            i * IMAGE_PAGE_SIZE_BYTES >= offset && (i + 1) * IMAGE_PAGE_SIZE_BYTES <= end;

        if (!is_whole) {
            ask_page(record, origin, file, i);
        } else if (i < origin->cut_page_index) {
            (void)make_known(record, PRUNE_PAGE, origin->path, i);
        }
    }
}

void prune_record_truncate(struct prune_record *record, uint32_t file, uint64_t size_bytes)
{
    struct origin *origin = find_origin(record, file);
    uint64_t page_index = size_bytes / IMAGE_PAGE_SIZE_BYTES;

    if (origin == NULL) {
        return;
    }
    ask_size(record, origin, file);
    if (size_bytes >= record->image->files[file].content->size_bytes) {
        return;
    }
    if (size_bytes % IMAGE_PAGE_SIZE_BYTES != 0) {
        ask_page(record, origin, file, page_index++);
    }
    if (page_index < origin->cut_page_index) {
        origin->cut_page_index = page_index;
    }
}
