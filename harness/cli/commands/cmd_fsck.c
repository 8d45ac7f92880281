/* killpoint fsck: findings as they are found, then what the store is, then the counts. */
#include "harness/case/units.h"
#include "harness/cli/commands/commands.h"
#include "harness/cli/commands/fsck_foreign.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/store_dir.h"
#include "harness/oracle/fsck/fsck.h"
#include "reports/collect.h"
#include "reports/json.h"
#include "reports/paint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <jansson.h>

#define LINES_MAX_DEFAULT 100
#define QUEUE_UNIT_BYTES  20

struct session {
    struct fsck_options fsck;
    uint64_t lines_max;
    bool is_json;
    enum paint_when colour;
    bool is_coloured;
    uint64_t lines; /* found so far */
    const char *separator;
};

static int take_size(void *size_bytes, const char *value, struct err *err)
{
    uint64_t *taken = size_bytes;

    return units_parse_size(value, taken) && *taken > 0
               ? 0
               : err_set(err, ERR_USAGE, "option '--log-file-size': '%s' is no size", value);
}

static const struct options_row rows[] = {
    {0, "log-file-size", "SIZE",
     "size of a log file, such as 1GiB (default: found out from the files)",
     OPTIONS_TAKEN(struct session, fsck.log_file_size_bytes, take_size)},
    {0, "queue-file-units", "N", "units in a queue file (default: found out from the files)",
     OPTIONS_COUNT(struct session, fsck.queue_file_units, 1, UINT32_MAX)},
    {0, "delay-levels", "LIST",
     "messageDelayLevel, such as \"1s 5s 1m\" (default: RocketMQ's own, or what the units show)",
     OPTIONS_TEXT(struct session, fsck.delay_levels)},
    {'r', "recovered", NULL,
     "recovery has run although `abort` is there: what is pending counts as violated",
     OPTIONS_FLAG(struct session, fsck.recovered)},
    {'n', "lines", "N", "show at most N findings, count the rest (default 100)",
     OPTIONS_COUNT(struct session, lines_max, 0, UINT64_MAX)},
    {0, "json", NULL, "as JSON, a finding a line", OPTIONS_FLAG(struct session, is_json)},
    {0, "color", "WHEN", "auto, always or never",
     OPTIONS_TAKEN(struct session, colour, paint_when_take)},
};

static const char *const examples[] = {
    "fsck ~/store                          a broker's storePathRootDir",
    "fsck ~/store --recovered              after the broker has started and died again",
    "fsck /var/backup/store --json",
    NULL,
};

static const struct options_command command = {
    .name = "fsck",
    .operands = "DIR",
    .one = "one store directory",
    .summary =
        "Judges a store directory in the RocketMQ format (plain or DLedger) and changes\n"
        "nothing.  `abort` present: what recovery is bound to repair is pending, not broken.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
};

static void show_json(struct session *session, const char *line, bool is_pending)
{
    json_t *object = json_object();
    json_t *text = json_string(line);

    (void)json_object_set_new(object, "pending", json_boolean(is_pending));
    /* A file name that is not UTF-8 is left out; its place in the list stays. */
    (void)json_object_set_new(object, "finding", text == NULL ? json_null() : text);
    (void)fputs(session->separator, stdout);
    (void)json_dumpf(object, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
    session->separator = ",\n";
    json_decref(object);
}

static void on_found(void *arg, const struct disk_finding *finding, bool is_pending,
                     const char *line)
{
    struct session *session = arg;

    (void)finding;
    if (session->lines++ >= session->lines_max) {
        return;
    }
    if (session->is_json) {
        show_json(session, line, is_pending);
        return;
    }
    (void)printf("%s%s%s\n",
                 paint_begin(session->is_coloured, is_pending ? PAINT_WARNING : PAINT_BAD), line,
                 paint_end(session->is_coloured, is_pending ? PAINT_WARNING : PAINT_BAD));
}

static void print_store(const struct fsck_summary *summary)
{
    char log_size[32];

    (void)units_print_size(summary->log_file_size_bytes, log_size, sizeof(log_size));
    (void)printf("store      %s, stopped %s%s\n", summary->is_dledger ? "dledger" : "commitlog",
                 summary->has_abort ? "uncleanly (abort is there)" : "cleanly",
                 summary->has_mark ? "" : ", no valid durable mark");
    (void)printf("log        %" PRIu64 " .. %" PRIu64 ", %" PRIu64 " record%s, files of %s\n",
                 summary->log_min, summary->log_end, summary->record_count,
                 paint_plural(summary->record_count), log_size);
    (void)printf("queues     %" PRIu32 " with %" PRIu64 " unit%s, files of %" PRIu64 " units\n",
                 summary->queue_count, summary->unit_count, paint_plural(summary->unit_count),
                 summary->queue_file_size_bytes / QUEUE_UNIT_BYTES);
    if (summary->has_mark) {
        (void)printf("mark       %" PRIu64 "\n", summary->mark_offset);
    }
    fsck_foreign_print(summary);
}

static void print_verdict(const struct session *session, const struct fsck_summary *summary)
{
    char properties[512];
    bool is_broken = summary->violation_count > 0;
    enum paint_tone tone = is_broken ? PAINT_BAD : PAINT_GOOD;

    if (session->lines > session->lines_max) {
        (void)printf("(%" PRIu64 " more; --lines N shows them)\n",
                     session->lines - session->lines_max);
    }
    print_store(summary);
    collect_properties_print(summary->violated, properties, sizeof(properties));
    if (summary->pending_count > 0) {
        (void)printf("pending    %" PRIu64 " that the next start is bound to repair\n",
                     summary->pending_count);
    }
    (void)printf("%s%s%s", paint_begin(session->is_coloured, tone),
                 is_broken ? "violated" : "intact", paint_end(session->is_coloured, tone));
    if (is_broken) {
        (void)printf("   %s: %" PRIu64 " time%s", properties, summary->violation_count,
                     paint_plural(summary->violation_count));
    }
    (void)putchar('\n');
}

static void print_json_end(const struct session *session, const struct fsck_summary *summary)
{
    uint64_t not_shown =
        session->lines > session->lines_max ? session->lines - session->lines_max : 0;
    json_t *mark = summary->has_mark ? json_integer((json_int_t)summary->mark_offset) : json_null();
    json_t *object = json_pack(
        "{so sI sI sI ss sb so sI sI sI sI sI sI so}", "violated",
        json_properties(summary->violated), "violations", (json_int_t)summary->violation_count,
        "pending", (json_int_t)summary->pending_count, "not_shown", (json_int_t)not_shown, "mode",
        summary->is_dledger ? "dledger" : "commitlog", "abort", (int)summary->has_abort, "mark",
        mark, "log_min", (json_int_t)summary->log_min, "log_end", (json_int_t)summary->log_end,
        "records", (json_int_t)summary->record_count, "units", (json_int_t)summary->unit_count,
        "queues", (json_int_t)summary->queue_count, "not_judged",
        (json_int_t)summary->unjudged_count, "not_judged_lines", fsck_foreign_not_judged(summary));

    (void)fputs("\n],\n\"summary\": ", stdout);
    (void)json_dumpf(object, stdout, JSON_COMPACT);
    (void)fputs("\n}\n", stdout);
    json_decref(object);
}

static int check(struct session *session, const char *path, struct err *err)
{
    struct fsck_listener listener = {.arg = session, .found = on_found};
    struct fsck_summary summary = {0};
    struct store_dir dir;
    int r = store_dir_open(&dir, path, err);

    if (r < 0) {
        return r;
    }
    session->is_coloured = paint_is_wanted(session->colour, stdout);
    session->separator = "\n";
    if (session->is_json) {
        (void)fputs("{\n\"schema_version\": 1,\n\"findings\": [", stdout);
    }
    r = fsck_run(&dir.view, &session->fsck, &listener, &summary, err);
    store_dir_close(&dir);
    if (r < 0) {
        return err_wrap(err, r == -ENOENT || r == -ENOTSUP ? ERR_USAGE : r, "fsck '%s'", path);
    }
    if (session->is_json) {
        print_json_end(session, &summary);
    } else {
        print_verdict(session, &summary);
    }
    return summary.violation_count > 0 ? EXIT_CODE_FAILED : EXIT_CODE_OK;
}

int cmd_fsck(int argc, char **argv)
{
    struct options_words words = {argc, argv, argc};
    struct session session = {.lines_max = LINES_MAX_DEFAULT};
    struct err err = ERR_INIT;
    int code = EXIT_CODE_OK;
    int r = options_parse(&command, &words, &session, &err);

    if (r == 0) {
        r = check(&session, argv[words.operand], &err);
        code = r;
    }
    return exit_code_end(r, code, &err);
}
