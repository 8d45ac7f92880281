/* Sections of Markdown, each made whole before it is known whether there is room for it. */
#include "reports/ci/step_summary.h"

#include "reports/cause_text.h"
#include "reports/ci/annotations.h"
#include "reports/ci/ci_test.h"
#include "reports/left_out_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX    50 /* of a table: beyond, a count; all of them are in the JUnit report */
#define SLOWEST_MAX 5
/* For the line that names what had no room. */
#define RESERVE_SIZE_BYTES 256

/* What all sections are made of. */
struct page {
    const struct collect *collect;
    const struct campaign_summary *summary;
    const char *command;
    FILE *stream; /* of the section that is being made */
    bool is_out_of_memory;
};

struct section {
    const char *title; /* NULL: the first one, which has none */
    void (*put)(struct page *page);
};

/* Text of a case, of a file or of a person: none of it may be Markdown or HTML, or end a row. */
static void put_text(struct page *page, const char *text)
{
    char *clean = ci_test_clean(text);

    if (clean == NULL) {
        page->is_out_of_memory = true;
        return;
    }
    for (const char *at = clean; *at != '\0'; at++) {
        if (*at == '<' || *at == '&') {
            (void)fputs(*at == '<' ? "&lt;" : "&amp;", page->stream);
        } else if (*at == '\n' || *at == '\r' || *at == '\t') {
            (void)fputc(' ', page->stream);
        } else {
            (void)fprintf(page->stream, "%s%c", strchr("\\`*_[]|#~", *at) == NULL ? "" : "\\", *at);
        }
    }
    free(clean);
}

/* The first line of it: the others say the same of the next record. */
static void put_line(struct page *page, const char *text)
{
    char *line = strndup(text, strcspn(text, "\n"));

    if (line == NULL) {
        page->is_out_of_memory = true;
        return;
    }
    put_text(page, line);
    free(line);
}

static const char *verdict(const struct campaign_summary *summary)
{
    static const char *const words[] = {"PASSED",           "FAILED",     "INTERRUPTED",
                                        "HARNESS AT FAULT", "NOT USABLE", "NOTHING RAN"};
    size_t code = (size_t)summary->exit_code;

    return code < sizeof(words) / sizeof(words[0]) ? words[code] : "FAILED";
}

static void put_verdict(struct page *page)
{
    const struct campaign_summary *summary = page->summary;
    char words[PAINT_DURATION_SIZE_BYTES];

    (void)fprintf(page->stream, "## Killpoint: %s\n\n", verdict(summary));
    (void)fprintf(page->stream, "**%s passed**, ", paint_count(summary->passed, words));
    (void)fprintf(page->stream, "**%s failed**, ", paint_count(summary->failed, words));
    (void)fprintf(page->stream, "%s skipped; ", paint_count(summary->skipped, words));
    (void)fprintf(page->stream, "%" PRIu32 " scenario%s, %" PRIu32 " not as expected; %s%s\n",
                  summary->scenario_count, paint_plural(summary->scenario_count),
                  summary->unexpected, paint_duration(summary->duration_us, words),
                  summary->is_complete ? "" : "; **not complete**, see what was not covered");
    if (summary->run_dir[0] != '\0') {
        (void)fputs("\nAll of it: ", page->stream);
        put_text(page, summary->run_dir);
        (void)fputc('\n', page->stream);
    }
}

/* Without a history nobody knows whether it is new: then it says nothing. */
static void put_state(struct page *page, const struct campaign_cause *cause)
{
    if (cause->state == CAMPAIGN_STATE_NEW) {
        (void)fputs("NEW: ", page->stream);
    } else if (cause->state != CAMPAIGN_STATE_NONE) {
        (void)fprintf(page->stream, "%s since %.*s: ", campaign_state_name(cause->state),
                      (int)strcspn(cause->since, "T"), cause->since);
    }
}

static void put_cause(struct page *page, const struct campaign_cause *cause)
{
    char headline[CAUSE_TEXT_SIZE_BYTES];

    (void)cause_text_headline(cause, headline, sizeof(headline));
    (void)fputs("\n#### ", page->stream);
    put_state(page, cause);
    put_text(page, headline);
    (void)fputs("\n\n", page->stream);
    put_line(page, cause->simplest.detail);
    if (cause->source.line > 0) {
        (void)fputs("\n\nsource: ", page->stream);
        put_text(page, cause->source.file);
        (void)fprintf(page->stream, ":%" PRIu32 " in ", cause->source.line);
        put_text(page, cause->source.function);
    }
    (void)fprintf(page->stream, "\n\n```sh\n%s replay %s\n%s why %s\n```\n", page->command,
                  cause->simplest.token, page->command, cause->simplest.token);
    if (cause->capsule[0] != '\0') {
        (void)fputs("\ncapsule: ", page->stream);
        put_text(page, cause->capsule);
        (void)fputc('\n', page->stream);
    }
}

/* New ones first: those are what tonight is about. */
static void put_causes(struct page *page)
{
    const struct campaign_summary *summary = page->summary;

    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < summary->cause_count; i++) {
            if (annotations_is_new(&summary->causes[i]) == (pass == 0)) {
                put_cause(page, &summary->causes[i]);
            }
        }
    }
    if (summary->causes_dropped > 0) {
        (void)fprintf(page->stream, "\nand %" PRIu32 " more\n", summary->causes_dropped);
    }
}

static void put_resolved(struct page *page)
{
    const struct campaign_history *history = &page->summary->history;
    uint32_t count = 0;

    for (uint32_t i = 0; i < history->past_count; i++) {
        const struct campaign_past *past = &history->pasts[i];

        if (past->state == CAMPAIGN_STATE_RESOLVED) {
            (void)fputs(count++ == 0 ? "\n* " : "* ", page->stream);
            put_text(page, past->text);
            (void)fprintf(page->stream, ": last seen %.*s\n", (int)strcspn(past->last_seen, "T"),
                          past->last_seen);
        }
    }
    if (history->past_counts[CAMPAIGN_STATE_RESOLVED] > count) {
        (void)fprintf(page->stream, "* and %" PRIu32 " more\n",
                      history->past_counts[CAMPAIGN_STATE_RESOLVED] - count);
    }
}

static bool is_unexpected(const struct collect_scenario *seen)
{
    return seen->has_ended && !seen->scenario.passed_all && !seen->scenario.is_cut_short &&
           !seen->scenario.is_sympathy;
}

static void put_unexpected(struct page *page)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < collect_scenario_count(page->collect); i++) {
        const struct collect_scenario *seen = collect_scenario_at(page->collect, i);
        char name[CI_TEST_SUITE_SIZE_BYTES];

        if (!is_unexpected(seen) || count++ >= ROWS_MAX) {
            continue;
        }
        (void)fputs(count == 1 ? "\n| scenario | failed | cases | why |\n"
                                 "| --- | ---: | ---: | --- |\n| "
                               : "| ",
                    page->stream);
        put_text(page, ci_test_suite(page->collect, i, name));
        (void)fprintf(page->stream, " | %" PRIu64 " | %" PRIu64 " | ", seen->scenario.failed,
                      seen->scenario.run);
        put_text(page, seen->scenario.verdict);
        (void)fputs(" |\n", page->stream);
    }
    if (count > ROWS_MAX) {
        (void)fprintf(page->stream, "\nand %" PRIu32 " more\n", count - ROWS_MAX);
    }
}

static void put_left_out(struct page *page)
{
    const struct left_out *list = &page->summary->left_out;
    char count[LEFT_OUT_COUNT_SIZE_BYTES];

    for (uint32_t i = 0; i < list->entry_count; i++) {
        const struct left_out_entry *entry = &list->entries[i];

        (void)fprintf(page->stream, "%s* %s in %" PRIu32 " scenario%s: ", i == 0 ? "\n" : "",
                      left_out_text_count(entry, count), entry->scenario_count,
                      paint_plural(entry->scenario_count));
        put_text(page, left_out_entry_text(entry));
        (void)fputc('\n', page->stream);
    }
    if (page->summary->unreached_points > 0) {
        (void)fprintf(page->stream, "%s* %" PRIu32 " point%s that nothing reached\n",
                      list->entry_count == 0 ? "\n" : "", page->summary->unreached_points,
                      paint_plural(page->summary->unreached_points));
    }
}

static int by_duration(const void *one, const void *other)
{
    const struct campaign_scenario *a = *(const struct campaign_scenario *const *)one;
    const struct campaign_scenario *b = *(const struct campaign_scenario *const *)other;

    return a->duration_us < b->duration_us ? 1 : a->duration_us > b->duration_us ? -1 : 0;
}

static void put_slowest(struct page *page)
{
    uint32_t count = collect_scenario_count(page->collect);
    const struct campaign_scenario **list = calloc(count + 1, sizeof(struct campaign_scenario *));
    char duration[PAINT_DURATION_SIZE_BYTES];

    if (list == NULL) {
        page->is_out_of_memory = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        list[i] = &collect_scenario_at(page->collect, i)->scenario;
    }
    qsort(list, count, sizeof(struct campaign_scenario *), by_duration);
    (void)fputs("| slowest |", page->stream);
    for (uint32_t i = 0; i < count && i < SLOWEST_MAX; i++) {
        (void)fprintf(page->stream, "%s %s %s", i == 0 ? "" : ",", list[i]->name,
                      paint_duration(list[i]->duration_us, duration));
    }
    (void)fputs(" |\n", page->stream);
    free(list);
}

static void put_figures(struct page *page)
{
    const struct campaign_summary *summary = page->summary;
    const char *canary = summary->canary_failed   ? "not run: the engine failed before"
                         : !summary->canary_run   ? "not run"
                         : summary->canary_caught ? "caught"
                                                  : "**MISSED**: believe nothing of this run";
    char words[PAINT_DURATION_SIZE_BYTES];

    (void)fprintf(page->stream, "\n| | |\n| --- | --- |\n| canary | %s |\n", canary);
    if (campaign_explore_is_any(&summary->explore)) {
        (void)fprintf(page->stream, "| images judged | %s |\n",
                      paint_count(summary->explore.judged, words));
        (void)fprintf(page->stream, "| crash positions | %s |\n",
                      paint_count(summary->explore.positions, words));
        (void)fprintf(page->stream, "| digest | %016" PRIx64 " |\n", summary->explore.digest);
    }
    if (summary->audited) {
        (void)fprintf(page->stream, "| system calls past the points | %" PRIu64 " |\n",
                      summary->audit_unannounced);
    }
    put_slowest(page);
}

static void put_row(struct page *page, const char *name, const char *value)
{
    if (value[0] != '\0') {
        (void)fprintf(page->stream, "| %s | ", name);
        put_text(page, value);
        (void)fputs(" |\n", page->stream);
    }
}

static void put_identity(struct page *page)
{
    const struct campaign_identity *from = &page->summary->identity;

    (void)fprintf(page->stream,
                  "\n| | |\n| --- | --- |\n| version | %s |\n| seed | %" PRIx64 " |\n",
                  KILLPOINT_VERSION, collect_seed(page->collect));
    put_row(page, "revision", from->revision);
    put_row(page, "sources", from->is_dirty ? "changed against it" : "");
    put_row(page, "worker", from->worker_hash);
    put_row(page, "compiler", from->compiler);
    put_row(page, "system", from->system);
    put_row(page, "stores on", page->summary->stores.file_system);
}

/* What the section says, or NULL without memory; the caller frees it. */
static char *make(struct page *page, const struct section *section, size_t *ret_size)
{
    char *text = NULL;

    page->stream = open_memstream(&text, ret_size);
    if (page->stream == NULL) {
        page->is_out_of_memory = true;
        return NULL;
    }
    section->put(page);
    if (fclose(page->stream) != 0) {
        page->is_out_of_memory = true;
    }
    return text;
}

static void put_sections(struct page *page, FILE *stream, size_t room)
{
    static const struct section sections[] = {
        {NULL, put_verdict},           {"Causes", put_causes},
        {"Resolved", put_resolved},    {"Scenarios not as expected", put_unexpected},
        {"Not covered", put_left_out}, {"Figures", put_figures},
        {"What ran", put_identity},
    };
    size_t used = RESERVE_SIZE_BYTES;
    bool is_left_out[sizeof(sections) / sizeof(sections[0])] = {false};
    const char *separator = "\nNo room on this page for: ";

    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        const char *title = sections[i].title;
        size_t used_before = used;
        size_t size = 0;
        char *text = make(page, &sections[i], &size);
        size_t size_whole = size + (title == NULL ? 0 : strlen(title) + sizeof("\n### \n"));

        if (text != NULL && size > 0 && used + size_whole <= room) {
            (void)fprintf(stream, "%s%s%s%s", title == NULL ? "" : "\n### ",
                          title == NULL ? "" : title, title == NULL ? "" : "\n", text);
            used += size_whole;
        }
        is_left_out[i] = size > 0 && used_before == used;
        free(text);
    }
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        if (is_left_out[i] && room >= RESERVE_SIZE_BYTES) {
            (void)fprintf(stream, "%s%s", separator,
                          sections[i].title == NULL ? "Verdict" : sections[i].title);
            separator = ", ";
        }
    }
    if (separator[0] == ',') {
        (void)fputc('\n', stream);
    }
}

int step_summary_write(FILE *stream, const struct collect *collect,
                       const struct campaign_summary *summary, const char *command,
                       size_t room_bytes, struct err *err)
{
    struct page page = {.collect = collect, .summary = summary, .command = command};

    errno = 0;
    put_sections(&page, stream, room_bytes);
    if (page.is_out_of_memory) {
        return err_set(err, -ENOMEM, "no memory for the summary");
    }
    if (fflush(stream) != 0 || ferror(stream)) {
        int code = errno == 0 ? EIO : errno;
        return err_set(err, -code, "write the summary: %s", strerrordesc_np(code));
    }
    return 0;
}
