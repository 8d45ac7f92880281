/* Prints a summary; every number of it, and the verdict last. */
#include "harness/cli/stores/fsck_report.h"

#include "harness/base/units.h"
#include "harness/cli/stores/fsck_foreign.h"
#include "reports/collect.h"
#include "reports/json.h"
#include "reports/paint.h"

#include <inttypes.h>
#include <stdio.h>

#include <jansson.h>

#define QUEUE_UNIT_BYTES 20
#define INDEX_UNIT_BYTES 32

static const char *const verdicts[] = {
    [FSCK_VERDICT_INTACT] = "intact",
    [FSCK_VERDICT_REPAIRABLE] = "repairable",
    [FSCK_VERDICT_VIOLATED] = "violated",
};

static void print_sizes(const struct fsck_summary *summary)
{
    char size[32];
    uint64_t units = summary->queue_file_size_bytes / QUEUE_UNIT_BYTES;

    (void)units_print_size(summary->log_file_size_bytes, size, sizeof(size));
    (void)printf("log        %" PRIu64 " .. %" PRIu64 ", %" PRIu64 " record%s%s%s\n",
                 summary->log_min, summary->log_end, summary->record_count,
                 paint_plural(summary->record_count),
                 summary->log_file_size_bytes == 0 ? ", no file" : ", files of ",
                 summary->log_file_size_bytes == 0 ? "" : size);
    (void)printf("queues     %" PRIu32 " with %" PRIu64 " unit%s", summary->queue_count,
                 summary->unit_count, paint_plural(summary->unit_count));
    if (summary->has_queue_files) {
        (void)printf(", files of %" PRIu64 " unit%s", units, paint_plural(units));
    }
    (void)putchar('\n');
    if (summary->has_index_files) {
        units = summary->index_file_size_bytes / INDEX_UNIT_BYTES;
        (void)printf("index      files of %" PRIu64 " unit%s%s\n", units, paint_plural(units),
                     summary->is_index_loadable ? "" : ", not loadable by RocketMQ");
    }
}

static void print_store(const struct fsck_summary *summary)
{
    (void)printf("store      %s, stopped %s%s\n", summary->is_dledger ? "dledger" : "commitlog",
                 summary->has_abort ? "uncleanly (abort is there)" : "cleanly",
                 summary->has_mark ? "" : ", no valid durable mark");
    print_sizes(summary);
    if (summary->has_mark) {
        (void)printf("mark       %" PRIu64 "\n", summary->mark_offset);
    }
    fsck_foreign_print(summary);
}

/* The price of the repair, a line for each kind. */
static void print_price(const struct fsck_summary *summary)
{
    static const char will[] = "pending    the next start will";
    const struct fsck_price *price = &summary->price;

    if (price->added_count > 0) {
        (void)printf("%s add %" PRIu64 " unit%s\n", will, price->added_count,
                     paint_plural(price->added_count));
    }
    if (price->cut_count > 0) {
        (void)printf("%s cut %" PRIu64 " unit%s: %" PRIu64
                     " message%s that the queues know %s not in the log\n",
                     will, price->cut_count, paint_plural(price->cut_count), price->cut_count,
                     paint_plural(price->cut_count), price->cut_count == 1 ? "is" : "are");
    }
    if (price->torn_count > 0) {
        (void)printf("%s drop %" PRIu64 " torn unit%s and write %s again\n", will,
                     price->torn_count, paint_plural(price->torn_count),
                     price->torn_count == 1 ? "it" : "them");
    }
    if (price->tail_count > 0) {
        (void)printf("%s end the log at %" PRIu64 ": what stands behind it is no whole record\n",
                     will, summary->log_end);
    }
    if (price->index_count > 0) {
        (void)printf("%s write the DLedger index again\n", will);
    }
    if (price->keys_count > 0) {
        (void)printf("%s remove index files: keys of older messages find nothing then\n", will);
    }
    if (price->file_count > 0) {
        (void)printf("%s remove %" PRIu64 " file%s without a byte\n", will, price->file_count,
                     paint_plural(price->file_count));
    }
}

void fsck_report_text(const struct fsck_report *report)
{
    static const enum paint_tone tones[] = {PAINT_GOOD, PAINT_WARNING, PAINT_BAD};
    const struct fsck_summary *summary = report->summary;
    enum paint_tone tone = tones[summary->verdict];
    char next[FSCK_LINE_SIZE_BYTES];
    char properties[512];

    if (report->not_shown_count > 0) {
        (void)printf("(%" PRIu64 " more; --lines N shows them)\n", report->not_shown_count);
    }
    print_store(summary);
    print_price(summary);
    fsck_next_describe(summary, next);
    /* Whom a store with our mark concerns is our own recovery, while that repairs it. */
    if (next[0] != '\0' && (!summary->has_mark || summary->verdict == FSCK_VERDICT_VIOLATED)) {
        (void)printf("next start %s\n", next);
    }
    (void)printf("%s%s%s", paint_begin(report->is_coloured, tone), verdicts[summary->verdict],
                 paint_end(report->is_coloured, tone));
    if (summary->verdict == FSCK_VERDICT_VIOLATED) {
        collect_properties_print(summary->violated, properties, sizeof(properties));
        (void)printf("   %s: %" PRIu64 " time%s", properties, summary->violation_count,
                     paint_plural(summary->violation_count));
    }
    (void)putchar('\n');
}

static json_t *price_json(const struct fsck_price *price)
{
    return json_pack("{sI sI sI sI sI sI sI}", "add_units", (json_int_t)price->added_count,
                     "cut_units", (json_int_t)price->cut_count, "torn_units",
                     (json_int_t)price->torn_count, "log_tails", (json_int_t)price->tail_count,
                     "dledger_index", (json_int_t)price->index_count, "empty_files",
                     (json_int_t)price->file_count, "index_files", (json_int_t)price->keys_count);
}

static json_t *next_json(const struct fsck_summary *summary)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < FSCK_VERSION_COUNT; i++) {
        const struct fsck_next *next = &summary->next[i];
        bool is_refusing = (summary->refusing & (UINT32_C(1) << i)) != 0;

        (void)json_array_append_new(
            list, json_pack("{ss sb sI sI sI}", "version",
                            fsck_version_get((enum fsck_version_id)i)->name, "starts",
                            (int)!is_refusing, "added", (json_int_t)next->added_count, "missing",
                            (json_int_t)next->missing_count, "cut", (json_int_t)next->cut_count));
    }
    return list;
}

void fsck_report_json(const struct fsck_report *report)
{
    const struct fsck_summary *summary = report->summary;
    json_t *is_loadable =
        summary->has_index_files ? json_boolean(summary->is_index_loadable) : json_null();
    json_t *mark = summary->has_mark ? json_integer((json_int_t)summary->mark_offset) : json_null();
    json_t *object = json_pack(
        "{ss so sI sI so so sI ss sb so sI sI sI sI sI sI so so}", "verdict",
        verdicts[summary->verdict], "violated", json_properties(summary->violated), "violations",
        (json_int_t)summary->violation_count, "pending", (json_int_t)summary->pending_count,
        "price", price_json(&summary->price), "next_start", next_json(summary), "not_shown",
        (json_int_t)report->not_shown_count, "mode", summary->is_dledger ? "dledger" : "commitlog",
        "abort", (int)summary->has_abort, "mark", mark, "log_min", (json_int_t)summary->log_min,
        "log_end", (json_int_t)summary->log_end, "records", (json_int_t)summary->record_count,
        "units", (json_int_t)summary->unit_count, "queues", (json_int_t)summary->queue_count,
        "not_judged", (json_int_t)summary->unjudged_count, "index_loadable", is_loadable,
        "not_judged_lines", fsck_foreign_not_judged(summary));

    (void)json_dumpf(object, stdout, JSON_COMPACT);
    json_decref(object);
}
