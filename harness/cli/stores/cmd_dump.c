/* killpoint dump: a store's files, records, units, mark and offsets as lines, or a trace's
 * operations. */
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/run/named_store.h"
#include "harness/cli/store_dir.h"
#include "harness/cli/stores/stores.h"
#include "harness/oracle/fsck/dump.h"
#include "harness/power/trace/trace.h"
#include "harness/power/trace/trace_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

struct session {
    struct dump_filter filter;
    struct store_dir_paths paths;
};

static int take_offset(void *arg, const char *value, struct err *err)
{
    struct dump_filter *filter = arg;

    filter->has_offset = true;
    return options_count("offset", value, 0, INT64_MAX, &filter->offset, err);
}

static const struct options_row rows[] = {
    {'t', "topic", "NAME", "only this topic", OPTIONS_TEXT(struct session, filter.topic)},
    {'q', "queue", "N", "only this queue",
     OPTIONS_COUNT(struct session, filter.queue_id, 0, INT32_MAX)},
    {'o', "offset", "N", "only the record at, and units pointing at, this offset",
     OPTIONS_TAKEN(struct session, filter, take_offset)},
    {'c', "commitlog", "DIR",
     "the log lies there (storePathCommitLog); several: a list with commas or colons, or again",
     OPTIONS_TAKEN(struct session, paths, store_dir_take_commitlog)},
    {0, "dledger-commitlog", "DIR", "DLedger's data lies there (storePathDLedgerCommitLog)",
     OPTIONS_TEXT(struct session, paths.dledger)},
    {0, "no-records", NULL, "leave the records out",
     OPTIONS_FLAG(struct session, filter.without_records)},
    {0, "no-units", NULL, "leave the units out",
     OPTIONS_FLAG(struct session, filter.without_units)},
};

static const char *const examples[] = {
    "dump ~/store",
    "dump ~/store --topic orders --queue 3 --no-records",
    "dump ~/store --offset 8192             one record and who points at it",
    "dump runs/latest/threads-plain-5eed.trace  every operation, in the order of their begins",
    NULL,
};

static const struct options_note notes[] = {
    {NULL, "A saved trace is shown as its operations and events, a line each; there are no options"
           " for it."},
    {NULL, NULL},
};

static const struct options_command command = {
    .name = "dump",
    .operands = "DIR|TRACE|CAPSULE",
    .one = "one store directory, trace or capsule",
    .summary = "Shows what is in a store directory in the RocketMQ format, or in a saved trace.\n"
               "Changes nothing.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
    .notes = notes,
};

static void on_line(void *arg, const char *line)
{
    (void)arg;
    (void)puts(line);
}

static int dump(const struct session *session, const char *path, struct err *err)
{
    struct dump_out out = {.line = on_line};
    struct store_dir dir;
    int r = store_dir_open(&dir, path, &session->paths, NULL, err);

    if (r < 0) {
        return r;
    }
    r = dump_store(&dir.view, &session->filter, &out, err);
    if (r < 0) {
        r = store_dir_fail(&dir, r, "dump", path, err);
    }
    store_dir_close(&dir);
    return r;
}

static bool is_of_store(const struct session *session)
{
    const struct dump_filter *filter = &session->filter;

    return session->paths.commitlog_count > 0 || session->paths.dledger != NULL ||
           filter->topic != NULL || filter->queue_id >= 0 || filter->has_offset ||
           filter->without_records || filter->without_units;
}

/* Whatever is wrong with it is wrong with what was given: exit 4. */
static int dump_trace(const struct session *session, const char *path, struct err *err)
{
    struct trace *trace = NULL;
    int r = 0;

    if (is_of_store(session)) {
        return err_set(err, ERR_USAGE, "dump of a trace takes no option of a store directory");
    }
    trace = trace_new(NULL);
    if (trace == NULL) {
        return err_set(err, -ENOMEM, "no memory for a trace");
    }
    r = trace_file_load(trace, path, err);
    if (r == 0) {
        trace_print(trace, on_line, NULL);
    }
    (void)trace_free(trace);
    return r < 0 ? err_wrap(err, r == ERR_CORRUPT ? ERR_USAGE : r, "dump") : 0;
}

static int dump_named(struct session *session, const char *word, struct err *err)
{
    struct named_store store;
    int r = named_store_open(&store, word, err);

    if (r == 0) {
        r = dump(session, store.path, err);
    }
    named_store_close(&store);
    return r;
}

int cmd_dump(int argc, char **argv)
{
    struct options_words words = {argc, argv, argc};
    struct session session = {.filter = {.queue_id = -1}};
    struct err err = ERR_INIT;
    int r = options_parse(&command, &words, &session, &err);

    if (r == 0) {
        const char *path = argv[words.operand];

        r = trace_file_is_saved(path) ? dump_trace(&session, path, &err)
                                      : dump_named(&session, path, &err);
    }
    return exit_code_end(r, EXIT_CODE_OK, &err);
}
