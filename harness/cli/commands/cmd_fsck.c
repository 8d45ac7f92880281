/* killpoint fsck: findings as they are found, then what the store is, then the counts. */
#include "harness/case/property.h"
#include "harness/case/units.h"
#include "harness/cli/commands/commands.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/store_dir.h"
#include "harness/oracle/fsck/fsck.h"
#include "reports/collect.h"
#include "reports/paint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <jansson.h>

#define LINES_MAX_DEFAULT 100
#define QUEUE_UNIT_BYTES  20

enum {
    OPTION_LOG_FILE_SIZE = 1,
    OPTION_QUEUE_FILE_UNITS,
    OPTION_RECOVERED,
    OPTION_LINES,
    OPTION_JSON,
    OPTION_COLOR
};

static const struct options_row rows[] = {
    {OPTION_LOG_FILE_SIZE, 0, "log-file-size", "SIZE",
     "size of a log file, such as 1GiB (default: found out from the files)"},
    {OPTION_QUEUE_FILE_UNITS, 0, "queue-file-units", "N",
     "units in a queue file (default: found out from the files)"},
    {OPTION_RECOVERED, 'r', "recovered", NULL,
     "recovery has run although `abort` is there: what is pending counts as violated"},
    {OPTION_LINES, 'n', "lines", "N", "show at most N findings, count the rest (default 100)"},
    {OPTION_JSON, 0, "json", NULL, "as JSON, a finding a line"},
    {OPTION_COLOR, 0, "color", "WHEN", "auto, always or never"},
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
    .summary =
        "Judges a store directory in the RocketMQ format (plain or DLedger) and changes\n"
        "nothing.  `abort` present: what recovery is bound to repair is pending, not broken.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
};

struct session {
    struct fsck_options fsck;
    uint64_t lines_max;
    bool is_json;
    enum paint_when colour;
    bool is_coloured;
    uint64_t lines; /* found so far */
    const char *separator;
};

static int take_option(void *arg, int id, const char *value, struct err *err)
{
    struct session *session = arg;
    uint64_t count = 0;
    int r;

    switch (id) {
    case OPTION_LOG_FILE_SIZE:
        return units_parse_size(value, &session->fsck.log_file_size_bytes) &&
                       session->fsck.log_file_size_bytes > 0
                   ? 0
                   : err_set(err, ERR_USAGE, "option '--log-file-size': '%s' is no size", value);
    case OPTION_QUEUE_FILE_UNITS:
        r = options_count("queue-file-units", value, 1, UINT32_MAX, &count, err);
        session->fsck.queue_file_units = (uint32_t)count;
        return r;
    case OPTION_RECOVERED:
        session->fsck.recovered = true;
        return 0;
    case OPTION_LINES:
        return options_count("lines", value, 0, UINT64_MAX, &session->lines_max, err);
    case OPTION_COLOR:
        return paint_when_parse(value, &session->colour)
                   ? 0
                   : err_set(err, ERR_USAGE, "option '--color': '%s' is not auto, always or never",
                             value);
    default:
        session->is_json = true;
        return 0;
    }
}

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
    if (summary->unjudged_count > 0) {
        (void)printf("not judged %" PRIu64 " inner batch or multi-dispatch record%s\n",
                     summary->unjudged_count, paint_plural(summary->unjudged_count));
    }
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
    json_t *object = json_object();
    json_t *violated = json_array();

    for (uint32_t i = 0; i < PROPERTY_COUNT; i++) {
        if ((summary->violated & (UINT32_C(1) << i)) != 0) {
            (void)json_array_append_new(violated, json_string(property_name((enum property)i)));
        }
    }
    (void)json_object_set_new(object, "violated", violated);
    (void)json_object_set_new(object, "violations",
                              json_integer((json_int_t)summary->violation_count));
    (void)json_object_set_new(object, "pending", json_integer((json_int_t)summary->pending_count));
    (void)json_object_set_new(object, "not_shown",
                              json_integer((json_int_t)(session->lines > session->lines_max
                                                            ? session->lines - session->lines_max
                                                            : 0)));
    (void)json_object_set_new(object, "mode",
                              json_string(summary->is_dledger ? "dledger" : "commitlog"));
    (void)json_object_set_new(object, "abort", json_boolean(summary->has_abort));
    (void)json_object_set_new(object, "mark",
                              summary->has_mark ? json_integer((json_int_t)summary->mark_offset)
                                                : json_null());
    (void)json_object_set_new(object, "log_min", json_integer((json_int_t)summary->log_min));
    (void)json_object_set_new(object, "log_end", json_integer((json_int_t)summary->log_end));
    (void)json_object_set_new(object, "records", json_integer((json_int_t)summary->record_count));
    (void)json_object_set_new(object, "units", json_integer((json_int_t)summary->unit_count));
    (void)json_object_set_new(object, "queues", json_integer(summary->queue_count));
    (void)json_object_set_new(object, "not_judged",
                              json_integer((json_int_t)summary->unjudged_count));
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
        return err_wrap(err, r == -ENOENT ? ERR_USAGE : r, "fsck '%s'", path);
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
    int r = options_parse(&command, &words, take_option, &session, &err);

    if (r == OPTIONS_HELP_SHOWN) {
        return EXIT_CODE_OK;
    }
    if (r == 0 && argc - words.operand != 1) {
        r = err_set(&err, ERR_USAGE, "fsck takes one store directory (killpoint fsck --help)");
    }
    if (r == 0) {
        r = check(&session, argv[words.operand], &err);
    }
    return r < 0 ? (int)exit_code_fail(&err, r) : exit_code_flushed(r);
}
