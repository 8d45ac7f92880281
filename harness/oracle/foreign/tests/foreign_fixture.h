/* A store as RocketMQ writes it, made by hand, and what fsck says of it. */
#ifndef HARNESS_ORACLE_FOREIGN_TESTS_FOREIGN_FIXTURE_H
#define HARNESS_ORACLE_FOREIGN_TESTS_FOREIGN_FIXTURE_H

#include "harness/oracle/fsck/fsck.h"
#include "harness/testkit/storemaker.h"
#include "harness/testkit/test.h"
#include "store/base/bytes.h"

#include <inttypes.h>

#define FOREIGN_FIXTURE_LOG_BYTES 8192u
#define FOREIGN_FIXTURE_UNITS     8u
#define FOREIGN_FIXTURE_MS        INT64_C(1767225600000)

struct foreign_fixture {
    struct storemaker maker;
    struct fsck_options options;
    struct fsck_summary summary;
    struct err err;
    char text[8192]; /* a finding a line */
};

static inline void foreign_fixture_init(struct foreign_fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->maker.log_file_size_bytes = FOREIGN_FIXTURE_LOG_BYTES;
    fixture->maker.queue_file_units = FOREIGN_FIXTURE_UNITS;
    storemaker_init(&fixture->maker);
}

static inline void foreign_fixture_take(void *arg, const struct disk_finding *finding,
                                        bool is_pending, const char *line)
{
    struct foreign_fixture *fixture = arg;
    size_t length = strlen(fixture->text);
    (void)finding;
    (void)is_pending;
    snprintf(fixture->text + length, sizeof fixture->text - length, "%s\n", line);
}

static inline int foreign_fixture_run(struct foreign_fixture *fixture)
{
    const struct fsck_listener listener = {.arg = fixture, .found = foreign_fixture_take};
    struct view view = storemaker_view(&fixture->maker);
    fixture->text[0] = '\0';
    return fsck_run(&view, &fixture->options, &listener, &fixture->summary, &fixture->err);
}

/* The store is intact. */
static inline void foreign_fixture_expect_intact(struct foreign_fixture *fixture)
{
    test_ok(foreign_fixture_run(fixture), fixture->err);
    assert_string_equal(fixture->text, "");
    assert_int_equal(fixture->summary.violation_count, 0);
}

/* The store violates these properties and no other, and `text` is told. */
static inline void foreign_fixture_expect(struct foreign_fixture *fixture, uint32_t violated,
                                          const char *text)
{
    test_ok(foreign_fixture_run(fixture), fixture->err);
    test_contains(fixture->text, text);
    if (fixture->summary.violated != violated) {
        fail_msg("violated %" PRIx32 ", expected %" PRIx32 ":\n%s", fixture->summary.violated,
                 violated, fixture->text);
    }
}

/* A message with the properties of `text`, where '=' stands for 1 and ';' for 2. */
static inline struct storemaker_record foreign_fixture_put(struct foreign_fixture *fixture,
                                                           const char *topic, const char *text,
                                                           const struct storemaker_message *like)
{
    char properties[256];
    size_t size = strlen(text);
    assert_true(size < sizeof properties);
    for (size_t i = 0; i < size; i++) {
        properties[i] = (char)(text[i] == '=' ? 1 : text[i] == ';' ? 2 : text[i]);
    }
    struct storemaker_message message = {.queue_offset = -1};
    if (like != NULL) {
        message = *like;
    }
    message.topic = topic;
    message.body = "12345678";
    message.body_size_bytes = 8;
    message.properties = properties;
    message.properties_size_bytes = size;
    message.store_timestamp_ms =
        message.store_timestamp_ms == 0 ? FOREIGN_FIXTURE_MS : message.store_timestamp_ms;
    return storemaker_put(&fixture->maker, &message);
}

#endif
