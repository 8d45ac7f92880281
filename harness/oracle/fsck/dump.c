/* Prints what the oracle's readers see, in the order of the files. */
#include "harness/oracle/fsck/dump.h"

#include "harness/oracle/decode/disk_detect.h"
#include "harness/oracle/decode/disk_mark.h"
#include "harness/oracle/decode/disk_offsets.h"
#include "harness/oracle/rules/disk_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LINE_SIZE_BYTES 1400
#define TIME_SIZE_BYTES 40
#define WORD_SIZE_BYTES 80

struct dump {
    const struct view *view;
    const struct dump_filter *filter;
    const struct dump_out *out;
    struct disk_detect detect;
    struct disk_log log;
    struct disk_queues queues;
    struct disk_mark mark;
    struct disk_offsets offsets;
};

static void print(const struct dump *dump, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void print(const struct dump *dump, const char *format, ...)
{
    char line[LINE_SIZE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    dump->out->line(dump->out->arg, line);
}

/* As RFC 3339 with milliseconds, in UTC; a time that no calendar has is a number. */
static void format_time(int64_t time_ms, char text[TIME_SIZE_BYTES])
{
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm parts;
    if (time_ms <= 0 || time_ms > INT64_C(253402300799000) || gmtime_r(&seconds, &parts) == NULL) {
        snprintf(text, TIME_SIZE_BYTES, "%" PRId64 "ms", time_ms);
        return;
    }
    size_t length = strftime(text, TIME_SIZE_BYTES, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + length, TIME_SIZE_BYTES - length, ".%03dZ", (int)(time_ms % 1000));
}

/* Bytes of a store as one printable word. */
static void format_word(const char *bytes, uint32_t size_bytes, char text[WORD_SIZE_BYTES])
{
    size_t length = 0;
    for (uint32_t i = 0; i < size_bytes && length + 5 < WORD_SIZE_BYTES; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c >= 0x20 && c != 0x7F) {
            text[length++] = (char)c;
        } else {
            length += (size_t)snprintf(text + length, WORD_SIZE_BYTES - length, "\\x%02x", c);
        }
    }
    text[length] = '\0';
}

static bool is_wanted(const struct dump *dump, const char *topic, uint32_t topic_size,
                      int32_t queue_id)
{
    const struct dump_filter *filter = dump->filter;
    return (filter->topic == NULL || (strlen(filter->topic) == topic_size &&
                                      memcmp(filter->topic, topic, topic_size) == 0)) &&
           (filter->queue_id < 0 || filter->queue_id == queue_id);
}

/* Who asks for a topic, queue or offset wants nothing else told. */
static bool is_filtered(const struct dump *dump)
{
    const struct dump_filter *filter = dump->filter;
    return filter->topic != NULL || filter->queue_id >= 0 || filter->has_offset;
}

static const char *crc_word(enum disk_record_crc crc)
{
    return crc == DISK_RECORD_CRC_OK ? "ok" : crc == DISK_RECORD_CRC_BAD ? "bad" : "body-only";
}

static int print_record(void *arg, struct disk_record *record, const uint8_t *bytes)
{
    const struct dump *dump = arg;
    const char *topic = (const char *)(bytes + record->topic_at);
    if (!is_wanted(dump, topic, record->topic_size_bytes, record->queue_id) ||
        (dump->filter->has_offset && dump->filter->offset != record->offset)) {
        return 0;
    }
    char topic_word[WORD_SIZE_BYTES];
    char tags[WORD_SIZE_BYTES] = "-";
    char keys[WORD_SIZE_BYTES] = "-";
    char time[TIME_SIZE_BYTES];
    char entry[64] = "";
    uint32_t size = 0;
    format_word(topic, record->topic_size_bytes, topic_word);
    const char *value = disk_record_property(record, bytes, "TAGS", &size);
    if (value != NULL) {
        format_word(value, size, tags);
    }
    value = disk_record_property(record, bytes, "KEYS", &size);
    if (value != NULL) {
        format_word(value, size, keys);
    }
    format_time(record->store_timestamp_ms, time);
    if (record->entry_index >= 0) {
        snprintf(entry, sizeof entry, " entry %" PRId64 " term %" PRId64, record->entry_index,
                 record->entry_term);
    }
    print(dump,
          "record %" PRIu64 " size %" PRIu32 " topic %s queue %" PRId32 " offset %" PRId64
          " tags %s keys %s flag %" PRId32 " sysflag 0x%" PRIx32 " body %" PRIu32
          " time %s crc %s%s%s%s",
          record->offset, record->size_bytes, topic_word, record->queue_id, record->queue_offset,
          tags, keys, record->flag, (uint32_t)record->sys_flag, record->body_size_bytes, time,
          crc_word(record->crc), entry, record->is_v2 ? " v2" : "",
          record->is_indexable ? "" : " not-indexed");
    return 0;
}

/* Damage is shown and passed over: whoever looks at a broken store wants to see what is behind. */
static bool print_damage(void *arg, const struct disk_log_damage *damage)
{
    const struct dump *dump = arg;
    char path[DISK_LOG_PATH_SIZE_BYTES];
    disk_log_path(&dump->log, damage->file, path);
    print(dump, "damage %s@%" PRIu64 ": %s; the next record is at %" PRIu64, path, damage->position,
          damage->why, damage->resumes_at);
    return true;
}

static void print_blank(void *arg, uint32_t file, uint64_t position, uint32_t size_bytes)
{
    const struct dump *dump = arg;
    if (!is_filtered(dump)) {
        char path[DISK_LOG_PATH_SIZE_BYTES];
        disk_log_path(&dump->log, file, path);
        print(dump, "blank %s@%" PRIu64 " size %" PRIu32, path, position, size_bytes);
    }
}

static int print_log(struct dump *dump, struct err *err)
{
    for (uint32_t i = 0; i < dump->log.file_count && !is_filtered(dump); i++) {
        char path[DISK_LOG_PATH_SIZE_BYTES];
        disk_log_path(&dump->log, i, path);
        print(dump, "file %s size %" PRIu64, path, dump->log.files[i].size_bytes);
    }
    if (dump->filter->without_records) {
        return 0;
    }
    const struct disk_log_visitor visitor = {dump, print_record, print_damage, print_blank};
    int r = disk_log_scan(&dump->log, dump->view, &visitor, err);
    if (r == 0 && !is_filtered(dump)) {
        print(dump, "end %" PRIu64 " (%s)", dump->log.end_offset,
              dump->log.end_why != NULL ? dump->log.end_why : "the files end");
    }
    return r;
}

/* From the first unit on disk, pre-blanks and expired ones included, which min leaves out. */
static void print_queue(struct dump *dump, struct disk_queue *queue)
{
    const char *topic = disk_queue_topic(&dump->queues, queue);
    if (!is_wanted(dump, topic, queue->topic_size_bytes, queue->queue_id)) {
        return;
    }
    if (!dump->filter->has_offset) {
        print(dump, "queue %s/%" PRId32 " files %" PRIu32 " min %" PRIu64 " max %" PRIu64 "%s",
              topic, queue->queue_id, queue->file_count, queue->min_index, queue->max_index,
              queue->is_hole ? " (a file is missing)" : "");
    }
    for (uint64_t index = queue->first_index;
         index < queue->max_index && !dump->filter->without_units; index++) {
        struct disk_queue_unit unit;
        disk_queue_decode(disk_queue_bytes(&dump->queues, queue, index), &unit);
        if (dump->filter->has_offset && (unit.offset != dump->filter->offset || unit.is_zero)) {
            continue;
        }
        print(dump,
              "unit %s/%" PRId32 " %" PRIu64 " at %" PRIu64 " size %" PRIu32 " tags %" PRId64 "%s",
              topic, queue->queue_id, index, unit.offset, unit.size_bytes, unit.tags_code,
              unit.is_zero        ? " zero"
              : unit.is_pre_blank ? " pre-blank"
                                  : "");
    }
}

static int print_checkpoint(struct dump *dump, struct err *err)
{
    static const char *const names[] = {"physic", "logics", "index", "master", "confirm"};
    struct disk_mark *mark = &dump->mark;
    int r = disk_mark_read(mark, dump->view, err);
    if (r < 0) {
        return r;
    }
    for (size_t i = 0; mark->has_file && i < 5; i++) {
        char time[TIME_SIZE_BYTES];
        format_time(mark->times[i], time);
        if (i < 3) {
            print(dump, "checkpoint %s %s", names[i], time);
        } else {
            print(dump, "checkpoint %s %" PRId64, names[i], mark->times[i]);
        }
    }
    if (mark->has_file) {
        print(dump, "checkpoint logics-offset %" PRId64, mark->logics_offset);
    }
    if (mark->why != NULL) {
        print(dump, "mark none: %s", mark->why);
        return 0;
    }
    print(dump,
          "mark %" PRId64 " queues %" PRIu32 " hash %016" PRIx64 " next-index %" PRId64
          " term %" PRId64 "%s, %s the queues",
          mark->offset, mark->queue_count, mark->queue_hash, mark->next_index, mark->term,
          mark->has_record_crc ? " record-crc" : "",
          disk_mark_matches(mark, &dump->queues) ? "matches" : "does not match");
    return 0;
}

/* What is not log or queue: checkpoint, `abort`, DLedger's text files, committed offsets. */
static int print_rest(struct dump *dump, struct err *err)
{
    int r = print_checkpoint(dump, err);
    if (r < 0) {
        return r;
    }
    r = disk_reader_has_abort(dump->view, err);
    if (r < 0) {
        return r;
    }
    print(dump, "abort %s", r > 0 ? "present" : "absent");
    if (dump->log.is_dledger) {
        struct disk_reader_dledger dledger;
        r = disk_reader_dledger(&dledger, dump->view, dump->detect.base, err);
        if (r < 0) {
            return r;
        }
        print(dump, "dledger end-index %" PRId64 " committed-index %" PRId64 " term %" PRId64,
              dledger.end_index, dledger.committed_index, dledger.current_term);
    }
    r = disk_offsets_read(&dump->offsets, dump->view, err);
    for (uint32_t i = 0; r == 0 && i < dump->offsets.count; i++) {
        const struct disk_offset *entry = &dump->offsets.entries[i];
        print(dump, "committed %s %" PRId32 " %" PRId64, disk_offsets_key(&dump->offsets, entry),
              entry->queue_id, entry->offset);
    }
    return r;
}

static int print_all(struct dump *dump, struct err *err)
{
    if (!is_filtered(dump)) {
        print(dump, "mode %s", dump->log.is_dledger ? "dledger" : "commitlog");
    }
    int r = disk_queue_load(&dump->queues, dump->log.min_offset, err);
    if (r == 0) {
        r = print_log(dump, err);
    }
    for (uint32_t i = 0; r == 0 && i < dump->queues.queue_count; i++) {
        print_queue(dump, &dump->queues.queues[i]);
    }
    return r == 0 && !is_filtered(dump) ? print_rest(dump, err) : r;
}

int dump_store(const struct view *view, const struct dump_filter *filter,
               const struct dump_out *out, struct err *err)
{
    struct dump dump = {.view = view, .filter = filter, .out = out};
    dump.log.is_resuming = true;
    dump.log.is_lenient = true;
    int r = disk_detect(&dump.detect, &dump.log, &dump.queues, view, err);
    if (r == 0) {
        r = print_all(&dump, err);
    }
    disk_log_done(&dump.log);
    disk_queue_done(&dump.queues);
    disk_offsets_done(&dump.offsets);
    return r;
}
