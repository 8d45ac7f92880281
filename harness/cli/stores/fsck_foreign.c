/* Makes one list of lines, for both outputs. */
#include "harness/cli/stores/fsck_foreign.h"

#include "reports/paint.h"

#include <inttypes.h>
#include <stdio.h>

/* Calls `each` for every line about what was not judged. */
static void for_each_line(const struct fsck_summary *summary,
                          void (*each)(void *arg, const char *line), void *arg)
{
    const struct foreign_summary *foreign = &summary->foreign;
    char line[AROUND_LINE_SIZE_BYTES];

    if (summary->unjudged_count > 0) {
        (void)snprintf(line, sizeof(line),
                       "inner batches of topics without a batch queue: %" PRIu64,
                       summary->unjudged_count);
        each(arg, line);
    }
    if (foreign->index_unjudged_count > 0) {
        (void)snprintf(line, sizeof(line),
                       "index files whose number of slots no entry tells: %" PRIu32,
                       foreign->index_unjudged_count);
        each(arg, line);
    }
    for (int kind = 0; kind < AROUND_COUNT; kind++) {
        if (around_print(&foreign->around, (enum around_kind)kind, line)) {
            each(arg, line);
        }
    }
}

static void print_line(void *arg, const char *line)
{
    (void)arg;
    (void)printf("not judged %s\n", line);
}

static void add_line(void *arg, const char *line)
{
    /* A name that is not UTF-8 is left out; its place in the list stays. */
    json_t *text = json_string(line);

    (void)json_array_append_new(arg, text == NULL ? json_null() : text);
}

void fsck_foreign_print(const struct fsck_summary *summary)
{
    const struct foreign_summary *foreign = &summary->foreign;

    if (foreign->batch_unit_count > 0) {
        (void)printf("batches    %" PRIu64 " unit%s of batch queues\n", foreign->batch_unit_count,
                     paint_plural(foreign->batch_unit_count));
    }
    if (foreign->ext_unit_count > 0) {
        (void)printf("ext units  %" PRIu64 "\n", foreign->ext_unit_count);
    }
    if (foreign->index_file_count > 0) {
        (void)printf("key index  %" PRIu32 " file%s, %" PRIu64 " entries with their records\n",
                     foreign->index_file_count, paint_plural(foreign->index_file_count),
                     foreign->index_entry_count);
    }
    if (foreign->delay_levels[0] != '\0') {
        (void)printf("delays     as the units show them, judged by their agreement alone "
                     "(--delay-levels): %s\n",
                     foreign->delay_levels);
    }
    for_each_line(summary, print_line, NULL);
}

json_t *fsck_foreign_not_judged(const struct fsck_summary *summary)
{
    json_t *lines = json_array();

    for_each_line(summary, add_line, lines);
    return lines;
}
