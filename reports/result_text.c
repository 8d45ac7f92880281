/* What a person reads when a campaign has ended. */
#include "reports/result_text.h"

#include "reports/explore_text.h"
#include "reports/left_out_text.h"
#include "reports/paint.h"
#include "store/base/ensure.h"

#include <inttypes.h>
#include <string.h>

#define PROPERTIES_SIZE_BYTES 512
#define FINDINGS_SHOWN_MAX    50
#define LABEL_WIDTH           9
#define SCENARIO_INDENT       "       "

/* The width is of the word alone: an escape takes no column. */
static void put(const struct result_text *text, enum paint_tone tone, const char *word, int width)
{
    int length = (int)strlen(word);

    (void)fprintf(text->stream, "%s%s%s%*s", paint_begin(text->is_coloured, tone), word,
                  paint_end(text->is_coloured, tone), width > length ? width - length : 0, "");
}

/* The label that every line of the summary begins with. */
static void put_label(const struct result_text *text, enum paint_tone tone, const char *word)
{
    put(text, tone, word, LABEL_WIDTH);
    (void)fputc(' ', text->stream);
}

/* Empty lines are neither shown nor counted, so that "more lines" is what one would read. */
void result_text_detail(FILE *stream, const char *detail, const char *indent, unsigned lines_max)
{
    unsigned line = 0;

    while (*detail != '\0') {
        size_t length = strcspn(detail, "\n");

        if (line < lines_max && length > 0) {
            (void)fprintf(stream, "%s%.*s\n", indent, (int)length, detail);
        }
        line += length > 0;
        detail += length;
        detail += *detail == '\n';
    }
    if (line > lines_max) {
        (void)fprintf(stream, "%s(%u more line%s)\n", indent, line - lines_max,
                      paint_plural(line - lines_max));
    }
}

/* "2612 intact, 29 violated". Only those that there were: a line has room for no zeros. */
static void put_outcomes(const struct result_text *text, const struct campaign_scenario *scenario)
{
    const char *separator = "";

    for (uint32_t i = 0; i < OUTCOME_COUNT; i++) {
        if (scenario->outcomes[i] > 0) {
            (void)fprintf(text->stream, "%s%" PRIu64 " %s", separator, scenario->outcomes[i],
                          outcome_name((enum outcome)i));
            separator = ", ";
        }
    }
}

/* What a catch is counted in: images where an image was caught. */
static const char *catch_word(const struct collect_scenario *seen)
{
    bool is_image = seen->caught_token == NULL ? seen->scenario.explore.judged > 0
                                               : explore_text_is_image(seen->caught_token);

    return is_image ? "image" : "case";
}

/* "caught: queue-complete after 12 cases, 34 ms (controls: 12 of 12 intact)". What was missed is
 * told beside what was caught: one property of two is a failure. */
static void put_caught(const struct result_text *text, const struct collect_scenario *seen)
{
    const struct campaign_scenario *scenario = &seen->scenario;
    char properties[PROPERTIES_SIZE_BYTES];
    char duration[PAINT_DURATION_SIZE_BYTES];
    uint32_t caught = scenario->expect & scenario->violated;
    uint32_t missed = scenario->expect & ~scenario->violated;

    if (caught != 0) {
        collect_properties_print(caught, properties, sizeof(properties));
        (void)fprintf(text->stream, "caught: %s", properties);
    }
    if (caught != 0 && missed == 0) {
        (void)fprintf(text->stream, " after %" PRIu64 " %s%s, %s", scenario->first_catch_cases,
                      catch_word(seen), paint_plural(scenario->first_catch_cases),
                      paint_duration(scenario->first_catch_us, duration));
    }
    if (missed != 0) {
        collect_properties_print(missed, properties, sizeof(properties));
        (void)fprintf(text->stream, "%snot caught%s: %s in %" PRIu64 " case%s",
                      caught != 0 ? "; " : "", scenario->is_cut_short ? " yet" : "", properties,
                      scenario->run, paint_plural(scenario->run));
    }
    if (scenario->control_run > 0) {
        (void)fprintf(text->stream, " (controls: %" PRIu64 " of %" PRIu64 " intact)",
                      scenario->control_intact, scenario->control_run);
    }
}

/* A defect that was caught says what it says; the rest of what was left out stands with its reason
 * below. */
static void put_left_out_of(const struct result_text *text,
                            const struct campaign_scenario *scenario)
{
    char count[LEFT_OUT_COUNT_SIZE_BYTES];

    for (uint32_t i = 0; i < scenario->left_out.entry_count; i++) {
        const struct left_out_entry *entry = &scenario->left_out.entries[i];

        if (entry->reason != LEFT_OUT_CAUGHT && entry->unit == LEFT_OUT_UNIT_CASE) {
            (void)fprintf(text->stream, ", %s left out", left_out_text_count(entry, count));
        }
    }
}

/* Whatever was not run is said in the same line: "ok" with half of the cases left out is another
 * claim. */
void result_text_scenario(const struct result_text *text, const struct collect_scenario *seen)
{
    const struct campaign_scenario *scenario = &seen->scenario;
    char duration[PAINT_DURATION_SIZE_BYTES];
    bool is_ok = scenario->passed_all;

    const char *word = is_ok ? "ok" : scenario->is_cut_short ? "cut" : "FAILED";

    put(text, is_ok ? PAINT_GOOD : PAINT_BAD, word, 7);
    (void)fprintf(text->stream, "%-30s ", scenario->name);
    if (points_of(scenario->target) != &points_engine) {
        (void)fprintf(text->stream, "%s  ", scenario->target);
    }
    (void)fprintf(text->stream, "%s%s", scenario->switches,
                  *scenario->switches == '\0' ? "" : "  ");
    if (scenario->pass > 0) {
        (void)fprintf(text->stream, "pass %" PRIu32 ", seed %" PRIx64 "  ", scenario->pass + 1,
                      scenario->seed);
    }
    if (scenario->expect != 0) {
        put_caught(text, seen);
    } else {
        (void)fprintf(text->stream, "%" PRIu64 " case%s%s", scenario->run,
                      paint_plural(scenario->run), scenario->run == 0 ? "" : ": ");
        put_outcomes(text, scenario);
    }
    put_left_out_of(text, scenario);
    (void)fprintf(text->stream, "  %s\n", paint_duration(scenario->duration_us, duration));
    if (scenario->verdict[0] != '\0') {
        result_text_detail(text->stream, scenario->verdict, SCENARIO_INDENT "why: ", 1);
    }
    if (campaign_explore_is_any(&scenario->explore)) {
        explore_text_scenario(text->stream, &scenario->explore, SCENARIO_INDENT);
    }
    if (scenario->expect != 0 && seen->caught_token != NULL) {
        (void)fprintf(text->stream, SCENARIO_INDENT "replay  %s replay %s\n", text->command,
                      seen->caught_token);
    }
    (void)fflush(text->stream);
}

/* What is missing at a point, in words; "" when nothing is. The worst gap only. A read cannot be
 * killed at, so it wants to have failed instead. */
static const char *gap_of(const struct campaign_coverage *row, bool is_mutating)
{
    if (row->hits > 0 && (is_mutating ? row->killed : row->failed) == 0) {
        return is_mutating ? "never killed" : "never failed";
    }
    if (row->fired < row->planned) {
        return "not all fired";
    }
    return row->checked < row->fired ? "not all judged" : "";
}

static void put_coverage_row(const struct result_text *text, const struct points *points,
                             uint32_t point, const struct campaign_coverage *row)
{
    bool is_mutating = points_is_mutating(points, point);
    uint64_t struck = is_mutating ? row->killed : row->failed;
    const char *gap = gap_of(row, is_mutating);
    char percent[PAINT_DURATION_SIZE_BYTES];

    (void)fprintf(text->stream,
                  "  %-28s %8" PRIu64 " %8" PRIu64 " %-6s %8s %8" PRIu64 " %8" PRIu64 " %8" PRIu64
                  " %8" PRIu64,
                  points_name(points, point), row->hits, struck, is_mutating ? "killed" : "failed",
                  paint_percent(struck, row->hits, percent), row->planned, row->fired, row->checked,
                  row->violations);
    if (*gap != '\0') {
        (void)fputs("  ", text->stream);
        put(text, PAINT_WARNING, gap, 0);
    }
    (void)fputc('\n', text->stream);
}

/* By a trace, or by any recovery. */
static bool is_reached(const struct campaign_coverage *row)
{
    return row->reached > 0 || row->hits > 0;
}

/* Points that nothing reached are not in the table; they have a line of their own below. */
static void put_coverage(const struct result_text *text, const struct points *points,
                         const struct campaign_coverage *rows)
{
    put(text, PAINT_STRONG, "COVERAGE", 0);
    (void)fprintf(text->stream, "%22s %8s %15s %8s %8s %8s %8s %8s\n", "", "hits", "of them", "",
                  "planned", "fired", "checked", "violated");
    for (uint32_t i = 0; i < points->count; i++) {
        if (is_reached(&rows[i])) {
            put_coverage_row(text, points, i, &rows[i]);
        }
    }
    (void)fputc('\n', text->stream);
}

static void put_ratio(const struct result_text *text, const char *what, uint64_t part, uint64_t all)
{
    char percent[PAINT_DURATION_SIZE_BYTES];

    put_label(text, PAINT_PLAIN, "");
    (void)fprintf(text->stream, "%-42s %" PRIu64 " of %" PRIu64 " (%s)\n", what, part, all,
                  paint_percent(part, all, percent));
}

/* A part of the suite reaches a part of the points: that is a warning there, and a failure of the
 * whole suite. */
static void put_unreached(const struct result_text *text, const struct points *points,
                          const struct campaign_coverage *rows, bool is_whole_suite)
{
    size_t column = 0;
    uint32_t count = 0;

    for (uint32_t i = 0; i < points->count; i++) {
        const char *name = points_name(points, i);

        if (is_reached(&rows[i])) {
            continue;
        }
        if (count == 0) {
            put_label(text, is_whole_suite ? PAINT_BAD : PAINT_WARNING,
                      is_whole_suite ? "UNREACHED" : "unreached");
        } else if (column + strlen(name) > 84) {
            (void)fprintf(text->stream, ",\n%*s", LABEL_WIDTH + 1, "");
            column = 0;
        } else {
            (void)fputs(", ", text->stream);
        }
        (void)fputs(name, text->stream);
        column += strlen(name) + 2;
        count++;
    }
    if (count > 0) {
        (void)fputc('\n', text->stream);
    }
}

/* Each ratio asks whether a stage lost something on the way to the next: reached, struck, fired,
 * judged. */
static void put_ratios(const struct result_text *text, const struct points *points,
                       const struct campaign_coverage *rows)
{
    struct campaign_coverage writes = {0};
    struct campaign_coverage reads = {0};
    uint64_t reached = 0;

    for (uint32_t i = 0; i < points->count; i++) {
        struct campaign_coverage *sum = points_is_mutating(points, i) ? &writes : &reads;

        reached += is_reached(&rows[i]);
        sum->hits += rows[i].hits;
        sum->killed += rows[i].killed;
        sum->failed += rows[i].failed;
        sum->planned += rows[i].planned;
        sum->fired += rows[i].fired;
        sum->checked += rows[i].checked;
    }
    put_label(text, PAINT_STRONG, "RATIOS");
    (void)fprintf(text->stream, "%-42s %" PRIu64 " of %" PRIu32 "\n", "points reached", reached,
                  points->count);
    put_ratio(text, "hits of mutating points killed at", writes.killed, writes.hits);
    put_ratio(text, "hits of reading points failed", reads.failed, reads.hits);
    put_ratio(text, "planned faults fired", writes.fired + reads.fired,
              writes.planned + reads.planned);
    put_ratio(text, "fired faults judged to the end", writes.checked + reads.checked,
              writes.fired + reads.fired);
}

/* A line per reason; what each scenario leaves out stands in its own line. */
static void put_left_out(const struct result_text *text, const struct campaign_summary *summary)
{
    const char *label = "LEFT OUT";

    for (uint32_t i = 0; i < summary->left_out.entry_count; i++) {
        const struct left_out_entry *entry = &summary->left_out.entries[i];
        char count[LEFT_OUT_COUNT_SIZE_BYTES];

        put_label(text, PAINT_STRONG, label);
        (void)fputs(left_out_text_count(entry, count), text->stream);
        if (entry->unit != LEFT_OUT_UNIT_SCENARIO) {
            (void)fprintf(text->stream, " in %" PRIu32 " scenario%s", entry->scenario_count,
                          paint_plural(entry->scenario_count));
        }
        (void)fprintf(text->stream, ": %s\n", left_out_entry_text(entry));
        label = "";
    }
}

/* A harness that misses the message it removed itself can be believed in nothing. */
static void put_checks(const struct result_text *text, const struct campaign_summary *summary)
{
    put_label(text, PAINT_STRONG, "CANARY");
    if (summary->canary_failed) {
        put(text, PAINT_BAD, "not run", 0);
        (void)fprintf(text->stream, ": the engine failed: %s\n", summary->canary_text);
    } else if (!summary->canary_run) {
        put(text, PAINT_WARNING, "not run", 0);
        (void)fprintf(text->stream, "%s%s\n", summary->canary_text[0] == '\0' ? "" : ": ",
                      summary->canary_text);
    } else if (summary->canary_caught) {
        put(text, PAINT_GOOD, "caught", 0);
        (void)fputs(": a message removed behind the oracle's back was noticed\n", text->stream);
    } else {
        put(text, PAINT_BAD, "MISSED", 0);
        (void)fputs(": a removed message was not noticed; believe nothing of this run\n",
                    text->stream);
    }
    if (summary->stores.is_fallback) {
        put_label(text, PAINT_STRONG, "STORES");
        (void)fprintf(text->stream, "on %s\n", summary->stores.place);
    }
    if (!summary->audited) {
        return;
    }
    put_label(text, PAINT_STRONG, "AUDIT");
    if (summary->audit_unannounced == 0) {
        (void)fprintf(text->stream, "%" PRIu64 " system calls, each announced by a point\n",
                      summary->audit_syscalls);
    } else {
        put(text, PAINT_BAD, "FAILED", 0);
        (void)fprintf(text->stream,
                      ": %" PRIu64 " of %" PRIu64 " system calls went past the points\n",
                      summary->audit_unannounced, summary->audit_syscalls);
    }
}

static void put_explored(const struct result_text *text, const struct campaign_summary *summary)
{
    if (campaign_explore_is_any(&summary->explore)) {
        put_label(text, PAINT_STRONG, "EXPLORED");
        explore_text_summary(text->stream, &summary->explore, "          ");
    }
}

/* What a campaign with a budget of time got through. Passes that were cut do not count as whole: a
 * suite that was half run has proven half. */
static void put_budget(const struct result_text *text, const struct collect *collect,
                       const struct campaign_summary *summary)
{
    uint64_t cases = summary->passed + summary->failed + summary->skipped;
    uint64_t seed = collect_seed(collect);
    uint32_t whole = summary->passes - (summary->passes > 0 && summary->is_cut ? 1 : 0);
    char words[PAINT_DURATION_SIZE_BYTES];

    if (summary->budget_us == 0) {
        return;
    }
    put_label(text, PAINT_STRONG, "BUDGET");
    (void)fprintf(text->stream, "%s: %" PRIu32 " whole pass%s over the suite%s, seed",
                  paint_duration(summary->budget_us, words), whole, whole == 1 ? "" : "es",
                  whole < summary->passes ? " and a part of the next" : "");
    if (summary->passes > 1) {
        (void)fprintf(text->stream, "s %" PRIx64 " to %" PRIx64, seed, seed + summary->passes - 1);
    } else {
        (void)fprintf(text->stream, " %" PRIx64, seed);
    }
    (void)fprintf(text->stream, "\n%*s%" PRIu32 " scenario run%s, ", LABEL_WIDTH + 1, "",
                  summary->scenario_count, paint_plural(summary->scenario_count));
    (void)fprintf(text->stream, "%s image%s, ", paint_count(summary->explore.judged, words),
                  paint_plural(summary->explore.judged));
    cases -= summary->explore.judged < cases ? summary->explore.judged : cases;
    (void)fprintf(text->stream, "%s live case%s\n", paint_count(cases, words), paint_plural(cases));
    if (!summary->is_cut && !summary->interrupted) {
        put_label(text, PAINT_PLAIN, "");
        (void)fputs("ended before its time: another seed makes nothing new here\n", text->stream);
    }
}

/* The replay line stands last and on a line of its own, to be copied. */
static void put_finding(const struct result_text *text, const struct campaign_finding *finding)
{
    bool has_property = finding->property < PROPERTY_COUNT;

    (void)fputs("  ", text->stream);
    put(text, PAINT_BAD,
        has_property ? property_name((enum property)finding->property)
                     : outcome_name(finding->outcome),
        20);
    (void)fprintf(text->stream, " %s  ", finding->scenario);
    if (finding->point < POINTS_NONE) {
        (void)fprintf(text->stream, "%s x %s  ",
                      points_name(points_of(finding->target), finding->point),
                      fault_kind_name(finding->kind));
    }
    (void)fprintf(text->stream, "%" PRIu64 " case%s\n", finding->count,
                  paint_plural(finding->count));
    if (!text->is_brief) {
        result_text_detail(text->stream, finding->detail, "      ", 2);
    }
    if (finding->token[0] != '\0') {
        (void)fprintf(text->stream, "      replay  %s replay %s\n", text->command, finding->token);
    }
}

/* One a cause: a thousand cases that lose the same message are one mistake. */
static void put_findings(const struct result_text *text, const struct campaign_summary *summary)
{
    uint32_t shown = summary->finding_count;

    if (summary->finding_count == 0) {
        return;
    }
    shown = shown > FINDINGS_SHOWN_MAX ? FINDINGS_SHOWN_MAX : shown;
    put(text, PAINT_STRONG, "FINDINGS", LABEL_WIDTH);
    (void)fprintf(text->stream, " %" PRIu64 ", one per cause\n",
                  summary->finding_count + summary->findings_dropped);
    for (uint32_t i = 0; i < shown; i++) {
        put_finding(text, &summary->findings[i]);
    }
    if (summary->finding_count + summary->findings_dropped > shown) {
        (void)fprintf(text->stream, "  and %" PRIu64 " more (all: results.jsonl, --json FILE)\n",
                      summary->finding_count + summary->findings_dropped - shown);
    }
    (void)fputc('\n', text->stream);
}

/* The scenarios that are not as expected, again, since their lines have scrolled away. */
static void put_failed_scenarios(const struct result_text *text, const struct collect *collect)
{
    const char *label = "FAILED";

    for (uint32_t i = 0; i < collect_scenario_count(collect); i++) {
        const struct collect_scenario *seen = collect_scenario_at(collect, i);

        if (!seen->has_ended || seen->scenario.passed_all || seen->scenario.is_cut_short) {
            continue;
        }
        put_label(text, PAINT_BAD, label);
        (void)fprintf(text->stream, "%s%s%s\n", seen->scenario.name,
                      seen->scenario.verdict[0] == '\0' ? "" : ": ", seen->scenario.verdict);
        label = "";
    }
}

/* Why the exit code is what it is. Several may apply; the exit code has chosen (3 beats 1, and 2
 * beats both), and the words follow it. */
static const char *reason_of(const struct campaign_summary *summary, int exit_code)
{
    switch (exit_code) {
    case 1:
        if (summary->is_self_test) {
            return "the harness broke itself on purpose (--break) and nobody noticed";
        }
        if (summary->canary_failed) {
            return "the engine failed in the canary: it cannot do without any fault what it must";
        }
        return summary->failed == 0 && summary->unexpected == 0
                   ? "a point that no scenario reached fails the default suite"
                   : "not as expected";
    case 2:
        return "interrupted: the results are of what ran";
    case 3:
        if (summary->is_self_test && summary->harness_broken) {
            return "the harness broke itself on purpose (--break) and was found out";
        }
        return summary->canary_run && !summary->canary_caught ? "the canary was missed"
               : summary->audit_unannounced > 0               ? "system calls went past the points"
               : summary->is_program_missing && !summary->harness_broken
                   ? "a program that is to be tested is missing"
               : summary->harness_broken
                   ? "the harness contradicts itself, its results do not count"
                   : "the harness could not do its work";
    case 5:
        return "nothing ran";
    default:
        return "";
    }
}

/* A report that could not be written makes the run incomplete, whatever the store did; bad usage
 * (4) stays what it is, since then nothing ran. */
static void put_result(const struct result_text *text, const struct campaign_summary *summary,
                       const char *problem)
{
    int exit_code = *problem != '\0' && summary->exit_code != 4 ? 3 : summary->exit_code;

    if (*problem != '\0') {
        put_label(text, PAINT_BAD, "PROBLEM");
        (void)fprintf(text->stream, "%s\n", problem);
    }
    if (exit_code != 0) {
        put_label(text, PAINT_BAD, "RESULT");
        (void)fprintf(text->stream, "exit %d: %s\n", exit_code,
                      *problem == '\0' ? reason_of(summary, exit_code)
                                       : "this run, or a report of it, is incomplete");
    }
}

/* The important last, where the terminal stops: findings, then what failed, then the counts. */
void result_text_summary(const struct result_text *text, const struct collect *collect,
                         const struct campaign_summary *summary, const char *report_place,
                         const char *problem)
{
    struct campaign_coverage rows[POINTS_MAX];
    char duration[PAINT_DURATION_SIZE_BYTES];
    uint64_t cases = summary->passed + summary->failed + summary->skipped;
    uint64_t rate = summary->duration_us == 0 ? 0 : cases * 1000000 / summary->duration_us;

    const struct points *points = collect_coverage(collect, rows);
    (void)fputc('\n', text->stream);
    if (!text->is_brief) {
        put_coverage(text, points, rows);
        put_ratios(text, points, rows);
    }
    put_unreached(text, points, rows, summary->whole_suite);
    put_left_out(text, summary);
    put_explored(text, summary);
    put_checks(text, summary);
    put_budget(text, collect, summary);
    put_label(text, PAINT_STRONG, "TIME");
    (void)fprintf(text->stream, "%s, %" PRIu64 " case%s per second\n",
                  paint_duration(summary->duration_us, duration), rate, paint_plural(rate));
    (void)fputc('\n', text->stream);
    put_findings(text, summary);
    put_failed_scenarios(text, collect);
    if (*report_place != '\0') {
        put_label(text, PAINT_STRONG, "REPORT");
        (void)fprintf(text->stream, "%s\n", report_place);
    }
    put_result(text, summary, problem);
    (void)fprintf(text->stream,
                  "cases: %" PRIu64 " passed, %" PRIu64 " failed, %" PRIu64 " skipped\n",
                  summary->passed, summary->failed, summary->skipped);
    (void)fflush(text->stream);
}
