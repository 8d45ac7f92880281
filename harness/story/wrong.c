/* Bytes, expected and found (wrong.h). */
#include "harness/story/wrong.h"

#include "harness/base/printer.h"
#include "harness/oracle/rules/disk_reader.h"
#include "harness/oracle/rules/judge.h"
#include "harness/reenact/history.h"
#include "harness/story/words.h"
#include "store/base/bytes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ROW_BYTES        20u
#define UNIT_SIZE_BYTES  20u
#define RECORD_SHOWN     40u
#define QUEUES_DIRECTORY "consumequeue/"

static void add_row(struct page *page, const char *label, const uint8_t *bytes, uint32_t from,
                    uint32_t to, uint32_t there)
{
    char text[128];
    struct printer row = {.text = text, .capacity_bytes = sizeof(text)};
    printer_add(&row, "%-9s", label);
    for (uint32_t i = from; i < to; i++) {
        if (i < there) {
            printer_add(&row, " %02x", bytes[i]);
        } else {
            printer_add(&row, " --");
        }
    }
    page_add(page, PAGE_WRONG, 10, "%s", text);
}

static void add_marks(struct page *page, const uint8_t *expected, const uint8_t *found,
                      uint32_t from, uint32_t to, uint32_t there)
{
    char text[128];
    struct printer row = {.text = text, .capacity_bytes = sizeof(text)};
    bool is_any = false;
    printer_add(&row, "%-9s", "");
    for (uint32_t i = from; i < to; i++) {
        bool differs = i >= there || expected[i] != found[i];
        printer_add(&row, " %s", differs ? "^^" : "  ");
        is_any |= differs;
    }
    if (is_any) {
        page_add(page, PAGE_WRONG, 10, "%s", text);
    }
}

void wrong_tell_bytes(struct page *page, const uint8_t *expected, const uint8_t *found,
                      uint32_t size_bytes, uint32_t found_size_bytes)
{
    for (uint32_t from = 0; from < size_bytes; from += ROW_BYTES) {
        uint32_t to = from + ROW_BYTES < size_bytes ? from + ROW_BYTES : size_bytes;
        add_row(page, "expected", expected, from, to, size_bytes);
        add_row(page, "found", found, from, to, found_size_bytes);
        add_marks(page, expected, found, from, to, found_size_bytes);
    }
}

/* "consumequeue/TOPIC/N/START" and a byte in it: the queue and the unit there. */
static bool parse_unit(const struct finding *finding, char topic[64], int32_t *ret_queue,
                       uint64_t *ret_index)
{
    char path[DISK_PATH_SIZE_BYTES];
    if (strncmp(finding->file, QUEUES_DIRECTORY, strlen(QUEUES_DIRECTORY)) != 0) {
        return false;
    }
    (void)snprintf(path, sizeof(path), "%s", finding->file + strlen(QUEUES_DIRECTORY));
    char *queue = strchr(path, '/');
    char *name = queue == NULL ? NULL : strchr(queue + 1, '/');
    if (name == NULL) {
        return false;
    }
    *queue = '\0';
    (void)snprintf(topic, 64, "%.63s", path);
    *ret_queue = (int32_t)strtol(queue + 1, NULL, 10);
    *ret_index = (strtoull(name + 1, NULL, 10) + finding->offset) / UNIT_SIZE_BYTES;
    return true;
}

/* The record that the unit should point at, as the log of the image has it. */
static bool find_record(struct judge_state *state, const char *topic, int32_t queue, uint64_t index,
                        struct disk_record *ret_record)
{
    uint32_t number = disk_queue_lookup(&state->queues, topic, (uint32_t)strlen(topic), queue);
    for (uint32_t i = 0; number != UINT32_MAX && i < state->record_count; i++) {
        const struct disk_record *record = &state->records[i];
        if (record->queue == number && record->queue_offset == (int64_t)index) {
            *ret_record = *record;
            return true;
        }
    }
    return false;
}

static void tell_unit(const struct reenact *reenact, const struct finding *finding,
                      struct image *image, struct page *page)
{
    struct judge_state *state = judge_state_new();
    struct disk_record record;
    struct history_window found;
    uint8_t expected[UNIT_SIZE_BYTES] = {0};
    char topic[64];
    int32_t queue = 0;
    uint64_t index = 0;
    const struct view view = image_view(image);
    bool has_record = parse_unit(finding, topic, &queue, &index) && state != NULL &&
                      judge_read(state, &view, &reenact->options.scenario->store, NULL) == 0 &&
                      find_record(state, topic, queue, index, &record);
    history_look(image, finding->file, finding->offset, UNIT_SIZE_BYTES, &found);
    if (has_record) {
        bytes_put_be64(expected, record.offset);
        bytes_put_be32(expected + 8, record.size_bytes);
        bytes_put_be64(expected + 12, (uint64_t)record.tags_code);
        page_add(page, PAGE_WRONG, 2,
                 "expected is the unit of the record at %" PRIu64 " of the log (8 bytes: place, 4: "
                 "size, 8: tag)",
                 record.offset);
    } else {
        page_add(page, PAGE_WRONG, 2,
                 "expected is nothing: the log has no record whose unit belongs here");
    }
    wrong_tell_bytes(page, expected, found.bytes, UNIT_SIZE_BYTES, found.size_bytes);
    judge_state_free(state);
}

/* What the last append before the crash put there. */
static bool find_written(const struct reenact *reenact, const struct finding *finding,
                         uint8_t bytes[RECORD_SHOWN], uint32_t *ret_size)
{
    bool is_found = false;
    for (uint32_t p = 0; p < reenact->part_count; p++) {
        const struct reenact_part *part = &reenact->parts[p];
        for (size_t i = 0; i < trace_count(part->trace) && !part->is_restart; i++) {
            struct trace_entry entry;
            trace_get(part->trace, i, &entry);
            if (entry.is_note || entry.op != POINT_OP_WRITE || entry.data == NULL ||
                strcmp(entry.path, finding->file) != 0 || entry.offset > finding->offset ||
                finding->offset - entry.offset >= entry.size_bytes) {
                continue;
            }
            uint64_t skipped = finding->offset - entry.offset;
            uint64_t left = entry.size_bytes - skipped;
            *ret_size = left < RECORD_SHOWN ? (uint32_t)left : RECORD_SHOWN;
            memcpy(bytes, entry.data + skipped, *ret_size);
            is_found = true;
        }
    }
    return is_found;
}

static void tell_written(const struct reenact *reenact, const struct finding *finding,
                         struct image *image, struct page *page)
{
    struct history_window found;
    uint8_t expected[RECORD_SHOWN];
    uint32_t size_bytes = 0;
    if (!find_written(reenact, finding, expected, &size_bytes)) {
        return;
    }
    history_look(image, finding->file, finding->offset, size_bytes, &found);
    bool is_same = found.size_bytes == size_bytes && memcmp(found.bytes, expected, size_bytes) == 0;
    page_add(page, PAGE_WRONG, 2, "its first %u bytes, expected as they were written last%s",
             size_bytes, is_same ? ", are found so" : "");
    if (!is_same) {
        wrong_tell_bytes(page, expected, found.bytes, size_bytes, found.size_bytes);
    }
}

void wrong_tell(const struct reenact *reenact, const struct finding *finding, struct page *page)
{
    struct image *image = reenact->recovered != NULL ? reenact->recovered : reenact->crashed;
    char place[WORDS_PLACE_SIZE_BYTES];
    char topic[64];
    int32_t queue = 0;
    uint64_t index = 0;
    if (finding == NULL) {
        return;
    }
    words_place(finding->file, place);
    if (finding->file[0] == '\0') {
        page_add(page, PAGE_WRONG, 2, "%s", finding->text);
        return;
    }
    page_add(page, PAGE_WRONG, 2, "%s, byte %" PRIu64 " (%s): %s", place, finding->offset,
             finding->file, finding->text);
    if (image == NULL) {
        return;
    }
    if (parse_unit(finding, topic, &queue, &index)) {
        tell_unit(reenact, finding, image, page);
    } else {
        tell_written(reenact, finding, image, page);
    }
}
