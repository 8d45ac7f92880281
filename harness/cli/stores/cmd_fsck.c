/* killpoint fsck: findings as they are found, then what the store is, then the counts. */
#include "harness/base/units.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/run/named_store.h"
#include "harness/cli/store_dir.h"
#include "harness/cli/stores/fsck_report.h"
#include "harness/cli/stores/stores.h"
#include "harness/oracle/fsck/fsck.h"
#include "reports/paint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <jansson.h>

#define LINES_MAX_DEFAULT 100

struct session {
    struct fsck_options fsck;
    struct store_dir_paths paths;
    uint64_t lines_max;
    bool is_json;
    bool is_strict;
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

static int take_version(void *options, const char *value, struct err *err)
{
    struct fsck_options *taken = options;

    taken->as = fsck_version_find(value);
    if (taken->as == NULL) {
        return err_set(err, ERR_USAGE,
                       "option '--as': '%s' is none of 4.9.7, 5.1.4, 5.2.0, 5.3.3, 5.5.1 and "
                       "killpoint",
                       value);
    }
    return 0;
}

static const struct options_row rows[] = {
    {'a', "as", "VERSION",
     "judge by what the next start of this version does: 4.9.7, 5.1.4, 5.2.0, 5.3.3, 5.5.1 or "
     "killpoint (default: what all of RocketMQ's repair)",
     OPTIONS_TAKEN(struct session, fsck, take_version)},
    {'s', "strict", NULL, "exit 1 also when the store is only repairable",
     OPTIONS_FLAG(struct session, is_strict)},
    {'c', "commitlog", "DIR",
     "the log lies there (storePathCommitLog); several: a list with commas or colons, or again",
     OPTIONS_TAKEN(struct session, paths, store_dir_take_commitlog)},
    {0, "dledger-commitlog", "DIR", "DLedger's data lies there (storePathDLedgerCommitLog)",
     OPTIONS_TEXT(struct session, paths.dledger)},
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
    "fsck ~/store --commitlog /ssd1/log,/ssd2/log",
    "fsck ~/store --recovered              after the broker has started and died again",
    "fsck ~/store --as 5.3.3               what will 5.3.3 make of it?",
    "fsck /var/backup/store --strict --json",
    NULL,
};

static const struct options_note notes[] = {
    {NULL, "The store may be plain, DLedger, or a plain log that DLedger took over. Nothing is "
           "locked either: it tells when a process holds the store's lock or files changed while "
           "they were read. The last line is the verdict: `intact` (exit 0), `repairable` (exit 0,"
           " or 1 with --strict) or `violated` (exit 1)."},
    {NULL, "When the file `abort` is present, what the next start of every RocketMQ from 4.9.7 on "
           "is bound to repair is pending, not broken; in a store with a valid durable mark of "
           "Killpoint, what its own recovery repairs. What that costs is said: units that will be "
           "added, and units that will be cut with messages that are not in the log. After a clean"
           " stop nothing is pending."},
    {NULL, "A line `not judged` tells each kind of thing that lies in the directory and was not "
           "looked at, such as a FIFO, a link, a stray file or folder, RocksDB, timer and config "
           "files. A store whose queues are in RocksDB alone is exit 4."},
    {NULL, "Where versions differ, a line `next start` says which of them bring back what is "
           "missing, and which cut units of records that are in the log (issues #8032 and #9084). "
           "All versions are taken with their default configuration, and a single DLedger node."},
    {"as", "What it would cut of records that are in the log is a violation. 5.1.4 stands for "
           "5.0.0 to 5.1.4."},
    {"dledger-commitlog", "Without it: in `dledger-NAME/data`."},
    {NULL, NULL},
};

static const struct options_command command = {
    .name = "fsck",
    .operands = "DIR|CAPSULE",
    .one = "one store directory or capsule",
    .summary =
        "Judges a store directory in the RocketMQ format (plain or DLedger) and changes\n"
        "nothing.  `abort` present: what the next start of every RocketMQ from 4.9.7 on (in\n"
        "a store of Killpoint: its own recovery) repairs makes it repairable, not broken.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
    .notes = notes,
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

/* No finding, but it must be said: a line of its own, or one of the list with `note` set. */
static void on_note(void *arg, const char *line)
{
    struct session *session = arg;
    json_t *object = NULL;

    if (!session->is_json) {
        (void)printf("note       %s\n", line);
        return;
    }
    object = json_pack("{ss}", "note", line);
    (void)fputs(session->separator, stdout);
    (void)json_dumpf(object, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
    session->separator = ",\n";
    json_decref(object);
}

/* What is read while a broker writes may be of two moments. */
static void note_use(struct session *session, const struct store_dir *dir, bool is_held, int pid)
{
    char line[FSCK_LINE_SIZE_BYTES];
    const char *first = NULL;
    uint32_t changed = store_dir_changed(dir, &first);
    char who[32] = "a process";

    if (pid > 0) {
        (void)snprintf(who, sizeof(who), "process %d", pid);
    }
    if (is_held) {
        (void)snprintf(line, sizeof(line),
                       "%s holds the store's lock: it is in use, and may have been read at two "
                       "moments",
                       who);
        on_note(session, line);
    }
    if (changed > 0) {
        (void)snprintf(line, sizeof(line),
                       "the store changed while it was read: %" PRIu32
                       " file%s, first %.400s; judge a copy",
                       changed, paint_plural(changed), first);
        on_note(session, line);
    }
}

static int check(struct session *session, const char *path, struct err *err)
{
    struct fsck_listener listener = {.arg = session, .found = on_found, .note = on_note};
    struct fsck_report report = {0};
    struct fsck_summary summary = {0};
    struct store_dir dir;
    bool is_held = false;
    int pid = 0;
    int r = store_dir_open(&dir, path, &session->paths, "fsck", err);

    if (r < 0) {
        return r;
    }
    is_held = store_dir_is_held(&dir, &pid);
    session->is_coloured = paint_is_wanted(session->colour, stdout);
    session->separator = "\n";
    if (session->is_json) {
        (void)fputs("{\n\"schema_version\": 2,\n\"findings\": [", stdout);
    }
    r = fsck_run(&dir.view, &session->fsck, &listener, &summary, err);
    if (r < 0) {
        r = store_dir_fail(&dir, r, "fsck", path, err);
    } else {
        note_use(session, &dir, is_held, pid);
    }
    store_dir_close(&dir);
    if (r < 0) {
        return r;
    }
    report = (struct fsck_report){.summary = &summary,
                                  .not_shown_count = session->lines > session->lines_max
                                                         ? session->lines - session->lines_max
                                                         : 0,
                                  .is_coloured = session->is_coloured};
    if (session->is_json) {
        (void)fputs("\n],\n\"summary\": ", stdout);
        fsck_report_json(&report);
        (void)fputs("\n}\n", stdout);
    } else {
        fsck_report_text(&report);
    }
    return summary.verdict == FSCK_VERDICT_VIOLATED ||
                   (session->is_strict && summary.verdict == FSCK_VERDICT_REPAIRABLE)
               ? EXIT_CODE_FAILED
               : EXIT_CODE_OK;
}

static int check_named(struct session *session, const char *word, struct err *err)
{
    struct named_store store;
    int r = named_store_open(&store, word, err);

    if (r == 0) {
        r = check(session, store.path, err);
    }
    named_store_close(&store);
    return r;
}

int cmd_fsck(int argc, char **argv)
{
    struct options_words words = {argc, argv, argc};
    struct session session = {.lines_max = LINES_MAX_DEFAULT};
    struct err err = ERR_INIT;
    int code = EXIT_CODE_OK;
    int r = options_parse(&command, &words, &session, &err);

    if (r == 0) {
        r = check_named(&session, argv[words.operand], &err);
        code = r;
    }
    return exit_code_end(r, code, &err);
}
