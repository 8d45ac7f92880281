/* killpoint recover: what the real RocketMQ makes of store directories. */
#include "harness/case/points.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/store_dir.h"
#include "harness/cli/stores/stores.h"
#include "harness/oracle/fsck/fsck.h"
#include "harness/target/real_recovery.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS_DEFAULT    60000
#define WHOLE_PERCENT_DEFAULT 5
#define SEED_DEFAULT          0x5eed
#define QUEUE_UNIT_SIZE       20
#define INDEX_UNIT_SIZE       32
/* RocketMQ's own, where the store has no file to tell. */
#define LOG_FILE_SIZE_DEFAULT    (UINT64_C(1) << 30)
#define QUEUE_FILE_UNITS_DEFAULT 300000
#define INDEX_FILE_UNITS_DEFAULT 5242880

struct session {
    struct real_recovery_options recovery;
    bool is_json;
    char *const *paths;
    uint32_t refused_count;
    uint32_t unread_count;
    uint32_t whole_count;
};

static const struct options_row rows[] = {
    {0, "target", "NAME", "`real-VERSION`: which RocketMQ",
     OPTIONS_TEXT(struct session, recovery.target)},
    {0, "whole", "PERCENT", "of the stores, opened by a whole start, too (default 5)",
     OPTIONS_COUNT(struct session, recovery.whole_percent, 0, 100)},
    {'s', "seed", "HEX", "which of them (default 5eed)",
     OPTIONS_HEX(struct session, recovery.seed)},
    {0, "json", NULL, "as JSON, an object a line", OPTIONS_FLAG(struct session, is_json)},
    {0, "dir", "DIR", "copies on a real directory instead of memory",
     OPTIONS_TEXT(struct session, recovery.dir)},
    {'t', "timeout", "SECONDS", "a store that takes longer hangs (default 60)",
     OPTIONS_SECONDS(struct session, recovery.timeout_ms)},
};

static const char *const examples[] = {
    "recover --target real-5.5.1 ~/store       what would that version's start make of it?",
    "recover --target real-5.2.0 --json images/*",
    NULL,
};

static const struct options_note notes[] = {
    {NULL,
     "Copies are recovered, many in one process, and read whole; nothing is written to the "
     "directories. Each that is refused or not wholly read is opened by a whole start, too, "
     "whatever `--whole` says; where the two say different things the exit status is 3. It is "
     "1 when a store is refused or not wholly read."},
    {NULL, NULL},
};

static const struct options_command command = {
    .name = "recover",
    .operands = "DIR...",
    .summary = "Has the real RocketMQ recover copies of store directories, and says what it reads.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
    .notes = notes,
};

/* The sizes of its files, as they lie there. */
static int measure(const char *path, struct real_recovery_store *ret_store, struct err *err)
{
    const struct fsck_options options = {0};
    struct fsck_summary summary = {0};
    struct store_dir dir;
    int r = store_dir_open(&dir, path, NULL, NULL, err);

    if (r < 0) {
        return r;
    }
    r = fsck_run(&dir.view, &options, NULL, &summary, err);
    if (r < 0) {
        r = store_dir_fail(&dir, r, "recover", path, err);
    }
    store_dir_close(&dir);
    if (r < 0) {
        return r;
    }
    *ret_store = (struct real_recovery_store){
        .path = path,
        .is_dledger = summary.is_dledger,
        .log_file_size_bytes =
            summary.log_file_size_bytes == 0 ? LOG_FILE_SIZE_DEFAULT : summary.log_file_size_bytes,
        .queue_file_units = summary.has_queue_files
                                ? (uint32_t)(summary.queue_file_size_bytes / QUEUE_UNIT_SIZE)
                                : QUEUE_FILE_UNITS_DEFAULT,
        .index_file_units = summary.has_index_files
                                ? (uint32_t)(summary.index_file_size_bytes / INDEX_UNIT_SIZE)
                                : INDEX_FILE_UNITS_DEFAULT,
    };
    return 0;
}

static void print_json(const struct session *session, const struct real_recovery_result *result)
{
    json_t *object = json_pack("{s:s, s:s, s:b, s:O}", "store", session->paths[result->index],
                               "target", session->recovery.target, "whole_start",
                               (int)result->has_whole, "state", result->state);

    (void)json_dumpf(object, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
    (void)putchar('\n');
    json_decref(object);
}

static void print_queue(const json_t *queue)
{
    (void)printf("    %s/%" JSON_INTEGER_FORMAT "  %" JSON_INTEGER_FORMAT "..%" JSON_INTEGER_FORMAT,
                 json_string_value(json_object_get(queue, "topic")),
                 json_integer_value(json_object_get(queue, "queue_id")),
                 json_integer_value(json_object_get(queue, "min")),
                 json_integer_value(json_object_get(queue, "max")));
    size_t unread = json_array_size(json_object_get(queue, "unread"));

    if (unread > 0) {
        (void)printf(", %zu not read", unread);
    }
    (void)putchar('\n');
}

static void print_text(const struct session *session, const struct real_recovery_result *result)
{
    const json_t *state = result->state;
    const char *path = session->paths[result->index];
    const char *whole = result->has_whole ? "; a whole start says so, too" : "";
    const json_t *queue = NULL;
    size_t i = 0;

    if (result->is_refused) {
        (void)printf("refused    %s: %s%s\n", path,
                     json_string_value(json_object_get(json_object_get(state, "error"), "text")),
                     whole);
        return;
    }
    (void)printf("%s  %s: log %" JSON_INTEGER_FORMAT "..%" JSON_INTEGER_FORMAT
                 ", %" JSON_INTEGER_FORMAT " records read%s\n",
                 result->is_unread ? "not whole" : "recovered", path,
                 json_integer_value(json_object_get(state, "log_min")),
                 json_integer_value(json_object_get(state, "log_max")),
                 json_integer_value(json_object_get(state, "records")), whole);
    json_array_foreach(json_object_get(state, "queues"), i, queue)
    {
        print_queue(queue);
    }
}

static void on_done(void *arg, const struct real_recovery_result *result)
{
    struct session *session = arg;

    session->refused_count += result->is_refused ? 1 : 0;
    session->unread_count += result->is_unread ? 1 : 0;
    session->whole_count += result->has_whole ? 1 : 0;
    if (session->is_json) {
        print_json(session, result);
    } else {
        print_text(session, result);
    }
}

static int recover(struct session *session, uint32_t count, struct err *err)
{
    int r = session->recovery.target == NULL
                ? err_set(err, ERR_USAGE, "recover by which? (--target real-VERSION)")
                : 0;
    struct real_recovery_store *stores = calloc(count, sizeof(*stores));

    if (r == 0 && points_of(session->recovery.target) != &points_real) {
        r = err_set(err, ERR_USAGE, "'%.48s' is no real RocketMQ: expected real-VERSION",
                    session->recovery.target);
    }
    if (r == 0 && stores == NULL) {
        r = err_set(err, -ENOMEM, "no memory for the stores");
    }
    for (uint32_t i = 0; r == 0 && i < count; i++) {
        r = measure(session->paths[i], &stores[i], err);
    }
    if (r == 0) {
        r = real_recovery_run(&session->recovery, stores, count, on_done, session, err);
    }
    free(stores);
    if (r == 0 && !session->is_json) {
        (void)printf("stores: %" PRIu32 " recovered, %" PRIu32 " not whole, %" PRIu32
                     " refused; %" PRIu32 " by a whole start, too\n",
                     count - session->refused_count - session->unread_count, session->unread_count,
                     session->refused_count, session->whole_count);
    }
    return r;
}

int cmd_recover(int argc, char **argv)
{
    struct options_words words = {argc, argv, argc};
    struct session session = {.recovery = {.timeout_ms = TIMEOUT_MS_DEFAULT,
                                           .whole_percent = WHOLE_PERCENT_DEFAULT,
                                           .seed = SEED_DEFAULT}};
    struct err err = ERR_INIT;
    int r = options_parse(&command, &words, &session, &err);

    if (r == 0 && words.operand == argc) {
        r = err_set(&err, ERR_USAGE, "recover what? (killpoint recover --help)");
    }
    if (r == 0) {
        session.paths = argv + words.operand;
        r = recover(&session, (uint32_t)(argc - words.operand), &err);
    }
    bool is_well = session.refused_count + session.unread_count == 0;
    return exit_code_end(r, is_well ? EXIT_CODE_OK : EXIT_CODE_FAILED, &err);
}
