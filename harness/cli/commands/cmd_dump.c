/* killpoint dump: a store's files, records, units, mark and offsets as lines, or a trace's
 * operations. */
#include "harness/cli/commands/commands.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/store_dir.h"
#include "harness/oracle/fsck/dump.h"
#include "harness/power/trace/trace.h"
#include "harness/power/trace/trace_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

enum {
    OPTION_TOPIC = 1,
    OPTION_QUEUE,
    OPTION_OFFSET,
    OPTION_RECORDS,
    OPTION_UNITS,
};

static const struct options_row rows[] = {
    {OPTION_TOPIC, 't', "topic", "NAME", "only this topic"},
    {OPTION_QUEUE, 'q', "queue", "N", "only this queue"},
    {OPTION_OFFSET, 'o', "offset", "N", "only the record at, and units pointing at, this offset"},
    {OPTION_RECORDS, 0, "no-records", NULL, "leave the records out"},
    {OPTION_UNITS, 0, "no-units", NULL, "leave the units out"},
};

static const char *const examples[] = {
    "dump ~/store",
    "dump ~/store --topic orders --queue 3 --no-records",
    "dump ~/store --offset 8192             one record and who points at it",
    "dump runs/latest/saved.trace           every operation, in the order of their begins",
    NULL,
};

static const struct options_command command = {
    .name = "dump",
    .operands = "DIR|TRACE",
    .summary = "Shows what is in a store directory in the RocketMQ format, or in a saved trace.\n"
               "Changes nothing.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
};

static int take_option(void *arg, int id, const char *value, struct err *err)
{
    struct dump_filter *filter = arg;
    uint64_t count = 0;
    int r = 0;

    switch (id) {
    case OPTION_TOPIC:
        filter->topic = value;
        break;
    case OPTION_QUEUE:
        r = options_count("queue", value, 0, INT32_MAX, &count, err);
        filter->queue_id = r == 0 ? (int32_t)count : -1;
        break;
    case OPTION_OFFSET:
        r = options_count("offset", value, 0, INT64_MAX, &filter->offset, err);
        filter->has_offset = true;
        break;
    case OPTION_RECORDS:
        filter->without_records = true;
        break;
    default:
        filter->without_units = true;
        break;
    }
    return r;
}

static void on_line(void *arg, const char *line)
{
    (void)arg;
    (void)puts(line);
}

static int dump(const struct dump_filter *filter, const char *path, struct err *err)
{
    struct dump_out out = {.line = on_line};
    struct store_dir dir;
    int r = store_dir_open(&dir, path, err);

    if (r < 0) {
        return r;
    }
    r = dump_store(&dir.view, filter, &out, err);
    store_dir_close(&dir);
    return r < 0 ? err_wrap(err, r == -ENOENT ? ERR_USAGE : r, "dump '%s'", path) : 0;
}

static bool is_filtered(const struct dump_filter *filter)
{
    return filter->topic != NULL || filter->queue_id >= 0 || filter->has_offset ||
           filter->without_records || filter->without_units;
}

/* Whatever is wrong with it is wrong with what was given: exit 4. */
static int dump_trace(const struct dump_filter *filter, const char *path, struct err *err)
{
    struct trace *trace = NULL;
    int r = 0;

    if (is_filtered(filter)) {
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

int cmd_dump(int argc, char **argv)
{
    struct options_words words = {argc, argv, argc};
    struct dump_filter filter = {.queue_id = -1};
    struct err err = ERR_INIT;
    int r = options_parse(&command, &words, take_option, &filter, &err);

    if (r == OPTIONS_HELP_SHOWN) {
        return EXIT_CODE_OK;
    }
    if (r == 0 && argc - words.operand != 1) {
        r = err_set(&err, ERR_USAGE,
                    "dump takes one store directory or trace (killpoint dump --help)");
    }
    if (r == 0) {
        const char *path = argv[words.operand];

        r = trace_file_is_saved(path) ? dump_trace(&filter, path, &err) : dump(&filter, path, &err);
    }
    return r < 0 ? (int)exit_code_fail(&err, r) : exit_code_flushed(EXIT_CODE_OK);
}
