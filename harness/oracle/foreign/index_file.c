/* Goes through a file's entries in their order, and makes its slots again on the way. */
#include "harness/oracle/foreign/index_file.h"

#include "harness/oracle/decode/disk_grow.h"
#include "store/base/bytes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIRECTORY          "index"
#define HEADER_SIZE_BYTES  40u
#define SLOT_SIZE_BYTES    4u
#define ENTRY_SIZE_BYTES   20u
#define SLOTS_DEFAULT      5000000u
#define SIZE_BYTES_DEFAULT 420000040u
#define SLOT_STEP          5u /* two numbers of slots for one file size differ by a multiple */
#define SLOTS_MAX          (1u << 28)
#define WINDOW_SIZE_BYTES  65520u /* whole slots and whole entries */
#define NAME_DIGITS        17u    /* yyyyMMddHHmmssSSS */
#define PATH_SIZE_BYTES    288
#define MS_A_SECOND        1000

struct header {
    int64_t begin_ms;
    int64_t end_ms;
    uint64_t begin_offset;
    uint64_t end_offset;
    uint32_t slot_count;  /* slots in use; a hint that nothing reads */
    uint32_t entry_count; /* one more than there are: entries begin at 1 */
};

struct entry {
    uint32_t hash;
    uint64_t offset;
    int32_t seconds; /* since begin_ms */
    uint32_t previous;
};

/* How often one thing is wrong in a file, and where first: a file may have millions of entries. */
struct tally {
    enum mechanism mechanism;
    uint64_t count;
    uint64_t at; /* bytes in the file */
    char text[200];
};

struct index_file {
    struct index_files *files;
    char path[PATH_SIZE_BYTES];
    uint64_t size_bytes;
    struct header header;
    uint32_t slot_count;
    uint32_t *last; /* of each slot: the last entry so far; 0: none */
    uint8_t *window;
    uint64_t window_at;
    uint64_t window_size_bytes;
    struct tally entries;
    struct tally chains;
    struct disk_record record; /* of the entry before */
    uint8_t *bytes;            /* its */
    size_t bytes_capacity;
    bool has_record;
};

void index_file_done(struct index_files *files)
{
    free(files->names);
    memset(files, 0, sizeof *files);
}

static void tally_add(struct tally *tally, uint64_t at, const char *text)
{
    if (tally->count++ == 0) {
        tally->at = at;
        snprintf(tally->text, sizeof tally->text, "%s", text);
    }
}

/* An unclean start deletes a file that ends later than the checkpoint's index time. */
static void tell(const struct index_file *file, const struct tally *tally)
{
    if (tally->count == 0) {
        return;
    }
    const struct disk_finding where = {.mechanism = tally->mechanism,
                                       .repair = file->header.end_ms > file->files->flushed_ms
                                                     ? DISK_REPAIR_KEYS
                                                     : DISK_REPAIR_NONE,
                                       .file = file->path,
                                       .offset = tally->at};
    disk_sink_add(file->files->sink, &where, "%" PRIu64 " %s, the first %s", tally->count,
                  tally->mechanism == MECHANISM_KEYS_UNTRUE
                      ? "index entries are not their records'"
                      : "of the header and the chains are not what the entries make them",
                  tally->text);
}

/* Bytes of the file through a window; what is behind its end is zeros.  0 or the view's error. */
static int read_at(struct index_file *file, uint64_t at, uint32_t size_bytes,
                   const uint8_t **ret_bytes)
{
    if (at < file->window_at || at + size_bytes > file->window_at + file->window_size_bytes) {
        const struct view *view = file->files->view;
        memset(file->window, 0, WINDOW_SIZE_BYTES);
        file->window_at = at;
        file->window_size_bytes = 0;
        int64_t n = view->read(view->arg, file->path, at, file->window, WINDOW_SIZE_BYTES);
        if (n < 0) {
            return (int)n;
        }
        file->window_size_bytes = WINDOW_SIZE_BYTES;
    }
    *ret_bytes = file->window + (at - file->window_at);
    return 0;
}

static uint64_t entry_at(uint32_t slot_count, uint64_t number)
{
    return HEADER_SIZE_BYTES + (uint64_t)slot_count * SLOT_SIZE_BYTES + number * ENTRY_SIZE_BYTES;
}

static int read_entry(struct index_file *file, uint64_t number, struct entry *ret_entry)
{
    const uint8_t *at = NULL;
    int r = read_at(file, entry_at(file->slot_count, number), ENTRY_SIZE_BYTES, &at);
    if (r < 0) {
        return r;
    }
    ret_entry->hash = bytes_get_be32(at);
    ret_entry->offset = bytes_get_be64(at + 4);
    ret_entry->seconds = (int32_t)bytes_get_be32(at + 12);
    ret_entry->previous = bytes_get_be32(at + 16);
    return 0;
}

static int read_header(struct index_file *file)
{
    const uint8_t *at = NULL;
    int r = read_at(file, 0, HEADER_SIZE_BYTES, &at);
    if (r < 0) {
        return r;
    }
    file->header = (struct header){.begin_ms = (int64_t)bytes_get_be64(at),
                                   .end_ms = (int64_t)bytes_get_be64(at + 8),
                                   .begin_offset = bytes_get_be64(at + 16),
                                   .end_offset = bytes_get_be64(at + 24),
                                   .slot_count = bytes_get_be32(at + 32),
                                   .entry_count = bytes_get_be32(at + 36)};
    return 0;
}

/* IndexFile.indexKeyHashMethod: Math.abs, and 0 where that stays negative. */
static uint32_t key_hash(const struct disk_record *record, const uint8_t *bytes,
                         const char *between, const char *key, uint32_t key_size)
{
    uint32_t hash = disk_record_java_hash(0, bytes + record->topic_at, record->topic_size_bytes);
    hash = disk_record_java_hash(hash, between, strlen(between));
    hash = disk_record_java_hash(hash, key, key_size);
    hash = hash > INT32_MAX ? 0u - hash : hash;
    return hash > INT32_MAX ? 0 : hash;
}

/* Whether the record has a key of that hash: UNIQ_KEY, one of KEYS, or since 5.4.0 its TAGS. */
static bool has_key(const struct disk_record *record, const uint8_t *bytes, uint32_t hash)
{
    uint32_t size = 0;
    const char *text = disk_record_property(record, bytes, "UNIQ_KEY", &size);
    if (text != NULL && key_hash(record, bytes, "#", text, size) == hash) {
        return true;
    }
    text = disk_record_property(record, bytes, "TAGS", &size);
    if (text != NULL && key_hash(record, bytes, "#T#", text, size) == hash) {
        return true;
    }
    text = disk_record_property(record, bytes, "KEYS", &size);
    while (text != NULL) {
        const char *end = memchr(text, ' ', size);
        uint32_t length = end != NULL ? (uint32_t)(end - text) : size;
        if (length > 0 && key_hash(record, bytes, "#", text, length) == hash) {
            return true;
        }
        size -= end != NULL ? length + 1 : size;
        text = end != NULL ? end + 1 : NULL;
    }
    return false;
}

/* The record at `offset`: entries of one record stand side by side.  1, 0 or an error. */
static int find_record(struct index_file *file, uint64_t offset)
{
    if (file->has_record && file->record.offset == offset) {
        return 1;
    }
    const uint8_t *bytes = NULL;
    const struct index_file_log *log = &file->files->log;
    file->has_record = false;
    int r = offset > INT64_MAX ? 0 : log->find(log->arg, offset, &file->record, &bytes);
    if (r <= 0) {
        return r;
    }
    r = disk_grow((void **)&file->bytes, &file->bytes_capacity, file->record.size_bytes, 1);
    if (r < 0) {
        return r;
    }
    memcpy(file->bytes, bytes, file->record.size_bytes);
    file->has_record = true;
    return 1;
}

/* Whether first and last entry stand where `slot_count` slots would put them: 1, 0 or an error. The
 * last alone may be taken for the one before it, which may be of the same record. */
static int fits(struct index_file *file, uint32_t slot_count)
{
    struct entry last;
    const uint8_t *slot = NULL;
    uint32_t number = file->header.entry_count - 1;
    file->slot_count = slot_count;
    if (entry_at(slot_count, file->header.entry_count) > file->size_bytes) {
        return 0;
    }
    int r = read_entry(file, 1, &last);
    if (r < 0 || last.offset != file->header.begin_offset || (last.offset == 0 && last.hash == 0)) {
        return r;
    }
    r = read_entry(file, number, &last);
    if (r < 0 || last.offset != file->header.end_offset || last.hash > INT32_MAX ||
        !has_key(&file->record, file->bytes, last.hash)) {
        return r;
    }
    r = read_at(file, HEADER_SIZE_BYTES + (uint64_t)(last.hash % slot_count) * SLOT_SIZE_BYTES,
                SLOT_SIZE_BYTES, &slot);
    return r < 0 ? r : bytes_get_be32(slot) == number;
}

/* No file says how many slots it has.  A file of the default size has the default number; in
 * another it is the number by which the last entry is that of the record where the header says that
 * the file ends.  1, 0: not found; or an error. */
static int find_slot_count(struct index_file *file)
{
    uint64_t words = (file->size_bytes - HEADER_SIZE_BYTES) / SLOT_SIZE_BYTES;
    if (file->size_bytes == SIZE_BYTES_DEFAULT) {
        file->slot_count = SLOTS_DEFAULT;
        return 1;
    }
    int r = file->header.end_offset < file->files->log.min_offset
                ? 0
                : find_record(file, file->header.end_offset);
    for (uint64_t count = words % SLOT_STEP; r > 0 && count < words && count <= SLOTS_MAX;
         count += SLOT_STEP) {
        int is_right = count == 0 ? 0 : fits(file, (uint32_t)count);
        if (is_right != 0) {
            return is_right;
        }
    }
    return r < 0 ? r : 0;
}

/* As RocketMQ counts them. Any times may stand in a damaged file. */
static int64_t seconds_between(int64_t begin_ms, int64_t end_ms)
{
    int64_t ms = 0;
    if (__builtin_sub_overflow(end_ms, begin_ms, &ms)) {
        return end_ms < begin_ms ? 0 : INT32_MAX;
    }
    ms /= MS_A_SECOND;
    return ms < 0 ? 0 : ms > INT32_MAX ? INT32_MAX : ms;
}

/* The first entry's seconds are since the file before ended; those of the others since this one
 * began. */
static bool is_time_right(const struct index_file *file, uint64_t number, const struct entry *entry)
{
    int64_t seconds = seconds_between(file->header.begin_ms, file->record.store_timestamp_ms);
    return number == 1 ? entry->seconds >= 0 : entry->seconds == seconds;
}

/* The entry against its record. 0 or an error. */
static int judge_entry(struct index_file *file, uint64_t number, const struct entry *entry)
{
    char text[sizeof file->entries.text];
    if (entry->offset < file->files->log.min_offset) {
        return 0;
    }
    int r = find_record(file, entry->offset);
    if (r < 0) {
        return r;
    }
    file->files->entry_count++;
    if (r == 0) {
        snprintf(text, sizeof text,
                 "entry %" PRIu64 ", expected a record at %" PRIu64 ", found none", number,
                 entry->offset);
    } else if (!has_key(&file->record, file->bytes, entry->hash)) {
        snprintf(text, sizeof text,
                 "entry %" PRIu64 ", expected the hash of a key of the record at %" PRIu64
                 ", found %" PRIu32,
                 number, entry->offset, entry->hash);
    } else if (!is_time_right(file, number, entry)) {
        snprintf(text, sizeof text,
                 "entry %" PRIu64 ", expected the seconds from %" PRId64 " to %" PRId64
                 " (ms), found %" PRId32,
                 number, file->header.begin_ms, file->record.store_timestamp_ms, entry->seconds);
    } else {
        return 0;
    }
    tally_add(&file->entries, entry_at(file->slot_count, number), text);
    return 0;
}

/* An entry continues the chain of its slot.  In front of a chain's first entry may stand a number
 * that was in the slot before: RocketMQ counts from 1 again in a file whose header was lost. */
static void judge_chain(struct index_file *file, uint64_t number, const struct entry *entry)
{
    uint32_t *last = &file->last[entry->hash % file->slot_count];
    bool is_right = *last != 0 ? entry->previous == *last : entry->previous <= number;
    if (!is_right) {
        char text[sizeof file->chains.text];
        snprintf(text, sizeof text,
                 "entry %" PRIu64 ", expected entry %" PRIu32
                 " before it in its chain, found %" PRIu32,
                 number, *last, entry->previous);
        tally_add(&file->chains, entry_at(file->slot_count, number) + 16, text);
    }
    *last = (uint32_t)number;
}

/* A slot that no entry is in may hold anything: a reader compares hashes. */
static int judge_slots(struct index_file *file)
{
    for (uint32_t i = 0; i < file->slot_count; i++) {
        const uint8_t *slot = NULL;
        uint64_t at = HEADER_SIZE_BYTES + (uint64_t)i * SLOT_SIZE_BYTES;
        if (file->last[i] == 0) {
            continue;
        }
        int r = read_at(file, at, SLOT_SIZE_BYTES, &slot);
        if (r < 0) {
            return r;
        }
        if (bytes_get_be32(slot) != file->last[i]) {
            char text[sizeof file->chains.text];
            snprintf(text, sizeof text,
                     "slot %" PRIu32 ", expected entry %" PRIu32 ", found %" PRIu32, i,
                     file->last[i], bytes_get_be32(slot));
            tally_add(&file->chains, at, text);
        }
    }
    return 0;
}

/* The header's time and place of one end against the entry there, whose record is the last that was
 * looked up. */
static void judge_end(struct index_file *file, const struct entry *entry, bool is_begin)
{
    const struct header *header = &file->header;
    uint64_t offset = is_begin ? header->begin_offset : header->end_offset;
    int64_t ms = is_begin ? header->begin_ms : header->end_ms;
    const char *which = is_begin ? "begin" : "end";
    char text[sizeof file->chains.text];
    if (offset != entry->offset) {
        snprintf(text, sizeof text, "the header's %s, expected offset %" PRIu64 ", found %" PRIu64,
                 which, entry->offset, offset);
    } else if (file->has_record && file->record.offset == offset &&
               file->record.store_timestamp_ms != ms) {
        snprintf(text, sizeof text, "the header's %s, expected time %" PRId64 ", found %" PRId64,
                 which, file->record.store_timestamp_ms, ms);
    } else {
        return;
    }
    tally_add(&file->chains, is_begin ? 16 : 24, text);
}

/* Never written: what is behind it is not looked at, or a wrong count would have millions of them
 * judged. */
static bool is_zero(const struct entry *entry)
{
    return entry->hash == 0 && entry->offset == 0 && entry->seconds == 0 && entry->previous == 0;
}

static int judge_entries(struct index_file *file)
{
    char text[sizeof file->chains.text];
    uint64_t before = 0;
    for (uint64_t number = 1; number < file->header.entry_count; number++) {
        struct entry entry;
        int r = read_entry(file, number, &entry);
        if (r < 0) {
            return r;
        }
        if (is_zero(&entry)) {
            snprintf(text, sizeof text,
                     "entry %" PRIu64 ", expected one of the %" PRIu32
                     " that the header counts, found zeros",
                     number, file->header.entry_count - 1);
            tally_add(&file->entries, entry_at(file->slot_count, number), text);
            break;
        }
        r = judge_entry(file, number, &entry);
        if (r < 0) {
            return r;
        }
        judge_chain(file, number, &entry);
        if (entry.offset < before) {
            snprintf(text, sizeof text,
                     "entry %" PRIu64 ", expected an offset of at least %" PRIu64
                     ", found %" PRIu64,
                     number, before, entry.offset);
            tally_add(&file->chains, entry_at(file->slot_count, number) + 4, text);
        }
        before = entry.offset;
        if (number == 1) {
            judge_end(file, &entry, true);
        }
        if (number + 1 == file->header.entry_count) {
            judge_end(file, &entry, false);
        }
    }
    return judge_slots(file);
}

/* A header of zeros, or one that counts no entry, promises nothing. */
static int judge_file(struct index_file *file)
{
    int r = read_header(file);
    if (r < 0 || file->header.entry_count <= 1) {
        return r;
    }
    r = find_slot_count(file);
    if (r == 0) {
        file->files->unjudged_count++;
    }
    if (r <= 0) {
        return r;
    }
    uint64_t room = (file->size_bytes - entry_at(file->slot_count, 0)) / ENTRY_SIZE_BYTES;
    if (file->header.entry_count > room) {
        char text[sizeof file->chains.text];
        snprintf(text, sizeof text,
                 "the header's count, expected at most %" PRIu64 ", found %" PRIu32, room,
                 file->header.entry_count);
        tally_add(&file->chains, 36, text);
        return 0;
    }
    file->last = calloc(file->slot_count, sizeof *file->last);
    return file->last == NULL ? -ENOMEM : judge_entries(file);
}

static int judge_named(struct index_files *files, const char *name, uint8_t *window)
{
    struct index_file file = {.files = files,
                              .window = window,
                              .entries = {.mechanism = MECHANISM_KEYS_UNTRUE},
                              .chains = {.mechanism = MECHANISM_KEYS_UNEQUAL}};
    snprintf(file.path, sizeof file.path, DIRECTORY "/%s", name);
    int64_t size = files->view->size(files->view->arg, file.path);
    if (size < (int64_t)(HEADER_SIZE_BYTES + SLOT_SIZE_BYTES + ENTRY_SIZE_BYTES)) {
        /* An empty file is what a kill between create and extend leaves. */
        return size < 0 ? (int)size : 0;
    }
    file.size_bytes = (uint64_t)size;
    int r = judge_file(&file);
    tell(&file, &file.entries);
    tell(&file, &file.chains);
    free(file.last);
    free(file.bytes);
    return r;
}

static int add_name(void *arg, const char *name, bool is_dir)
{
    struct index_files *files = arg;
    size_t size = strlen(name) + 1;
    if (is_dir || size != NAME_DIGITS + 1 || strspn(name, "0123456789") != NAME_DIGITS) {
        return 0;
    }
    int r = disk_grow((void **)&files->names, &files->names_capacity,
                      files->names_size_bytes + size, 1);
    if (r == 0) {
        memcpy(files->names + files->names_size_bytes, name, size);
        files->names_size_bytes += size;
        files->file_count++;
    }
    return r;
}

int index_file_judge(struct index_files *files, struct err *err)
{
    int r = files->view->list(files->view->arg, DIRECTORY, add_name, files);
    if (r < 0) {
        return r == -ENOENT ? 0 : err_set(err, r, "list '%s'", DIRECTORY);
    }
    uint8_t *window = malloc(WINDOW_SIZE_BYTES);
    if (window == NULL) {
        return err_set(err, -ENOMEM, "read '%s'", DIRECTORY);
    }
    for (size_t at = 0; r == 0 && at < files->names_size_bytes; at += NAME_DIGITS + 1) {
        r = judge_named(files, files->names + at, window);
        if (r < 0) {
            r = err_set(err, r, "read '%s/%s'", DIRECTORY, files->names + at);
        }
    }
    free(window);
    return r;
}
