/* A made log under the oracle's reader, and what its walk tells, as a line of text. */
#ifndef HARNESS_ORACLE_DECODE_TESTS_LOG_FIXTURE_H
#define HARNESS_ORACLE_DECODE_TESTS_LOG_FIXTURE_H

#include "harness/oracle/decode/disk_log_list.h"
#include "harness/oracle/decode/disk_log_scan.h"
#include "harness/testkit/storemaker.h"
#include "harness/testkit/test.h"
#include "store/base/bytes.h"

#include <inttypes.h>

/* A record of `LOG_FIXTURE_BODY` bytes of body has 100, its entry 148: five of them, or three, and
 * a blank fill a file. */
#define LOG_FIXTURE_BODY      8
#define LOG_FIXTURE_FILE_SIZE 512

struct log_fixture {
    struct storemaker maker;
    struct view view;
    struct disk_log log;
    struct err err;
    char seen[4096]; /* "OFFSET+SIZE ", "blank FILE@AT+SIZE ", "damage OFFSET..NEXT (WHY) " */
    uint32_t record_count;
    uint32_t stop_after; /* 0: never */
    bool ends_at_damage;
};

static inline void log_fixture_init(struct log_fixture *fixture, bool is_dledger, bool keep,
                                    uint64_t file_size_bytes)
{
    *fixture = (struct log_fixture){.maker = {.is_dledger = is_dledger,
                                              .log_file_size_bytes = file_size_bytes,
                                              .queue_file_units = 64}};
    storemaker_init(&fixture->maker);
    fixture->view = storemaker_view(&fixture->maker);
    fixture->log = (struct disk_log){0};
    fixture->log.is_dledger = is_dledger;
    fixture->log.keep = keep;
    fixture->log.file_size_bytes = file_size_bytes;
    snprintf(fixture->log.directory, sizeof fixture->log.directory, "%s",
             is_dledger ? "dledger-n0/data" : "commitlog");
}

static inline void log_fixture_done(struct log_fixture *fixture)
{
    disk_log_done(&fixture->log);
    storemaker_done(&fixture->maker);
}

/* Puts `count` records with a body of `body_size_bytes`, of 'a', 'b' and so on. */
static inline void log_fixture_put(struct log_fixture *fixture, uint32_t count,
                                   size_t body_size_bytes)
{
    char *body = malloc(body_size_bytes);
    assert_non_null(body);
    for (uint32_t i = 0; i < count; i++) {
        memset(body, 'a' + (int)i, body_size_bytes);
        const struct storemaker_message message = {
            .topic = "t", .queue_offset = -1, .body = body, .body_size_bytes = body_size_bytes};
        storemaker_put(&fixture->maker, &message);
    }
    free(body);
}

static inline struct storemaker_file *log_fixture_file(struct log_fixture *fixture, uint64_t start)
{
    char path[STOREMAKER_PATH_SIZE_BYTES];
    snprintf(path, sizeof path, "%s/%020" PRIu64, fixture->log.directory, start);
    struct storemaker_file *file = storemaker_find(&fixture->maker, path);
    assert_non_null(file);
    return file;
}

static inline int log_fixture_on_record(void *arg, struct disk_record *record, const uint8_t *bytes)
{
    struct log_fixture *fixture = arg;
    size_t length = strlen(fixture->seen);
    snprintf(fixture->seen + length, sizeof fixture->seen - length, "%" PRIu64 "+%" PRIu32 " ",
             record->offset, record->size_bytes);
    assert_int_equal(bytes_get_be32(bytes), record->size_bytes);
    assert_int_equal(bytes_get_be64(bytes + 28), record->stored_offset);
    fixture->record_count++;
    return fixture->record_count == fixture->stop_after ? -ECANCELED : 0;
}

static inline bool log_fixture_on_damage(void *arg, const struct disk_log_damage *damage)
{
    struct log_fixture *fixture = arg;
    size_t length = strlen(fixture->seen);
    snprintf(fixture->seen + length, sizeof fixture->seen - length,
             "damage %" PRIu64 "..%" PRIu64 " (%s) ", damage->offset, damage->resumes_at,
             damage->why);
    assert_int_equal(damage->offset, fixture->log.files[damage->file].start + damage->position);
    return !fixture->ends_at_damage;
}

static inline void log_fixture_on_blank(void *arg, uint32_t file, uint64_t position,
                                        uint32_t size_bytes)
{
    struct log_fixture *fixture = arg;
    size_t length = strlen(fixture->seen);
    snprintf(fixture->seen + length, sizeof fixture->seen - length,
             "blank %" PRIu32 "@%" PRIu64 "+%" PRIu32 " ", file, position, size_bytes);
}

/* Scans what was listed. */
static inline int log_fixture_scan(struct log_fixture *fixture, bool with_blanks)
{
    const struct disk_log_visitor visitor = {fixture, log_fixture_on_record, log_fixture_on_damage,
                                             with_blanks ? log_fixture_on_blank : NULL};
    fixture->seen[0] = '\0';
    fixture->record_count = 0;
    return disk_log_scan(&fixture->log, &fixture->view, &visitor, &fixture->err);
}

/* Lists and scans. */
static inline int log_fixture_read(struct log_fixture *fixture, bool with_blanks)
{
    int r = disk_log_list(&fixture->log, &fixture->view, &fixture->err);
    if (r < 0) {
        return r;
    }
    return log_fixture_scan(fixture, with_blanks);
}

#endif
