/* What a person reads when a campaign has ended. */
#include "reports/result_text.h"

#include "reports/cause_text.h"
#include "reports/coverage_text.h"
#include "reports/explore_text.h"
#include "reports/left_out_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PROPERTIES_SIZE_BYTES 512
#define NAME_COLUMN           42 /* what stands behind the names of scenarios */
#define CAUSE_LINES_MAX       20
#define CAUSE_LINES_MOST      400 /* on a verbose screen */
#define VERDICTS_SHOWN_MAX    3
#define NAMES_SHOWN_MAX       12
#define SLOWEST_MAX           3
#define TOKEN_INDENT          SCREEN_LABEL_WIDTH

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

/* "2,670 cases": a count, its word, and the plural's s. */
static void say_count(struct screen *screen, uint64_t count, const char *word)
{
    char digits[PAINT_DURATION_SIZE_BYTES];

    screen_say(screen, "%s %s%s", paint_count(count, digits), word, paint_plural(count));
}

/* One scenario */

/* "2,612 intact, 29 violated". Only those that there were: a line has room for no zeros. */
static void say_outcomes(struct screen *screen, const struct campaign_scenario *scenario)
{
    const char *separator = "";
    char digits[PAINT_DURATION_SIZE_BYTES];

    for (uint32_t i = 0; i < OUTCOME_COUNT; i++) {
        if (scenario->outcomes[i] > 0) {
            screen_say(screen, "%s%s %s", separator, paint_count(scenario->outcomes[i], digits),
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

/* "caught: queue-complete in 12 cases, 34 ms; controls intact". What was missed is
 * told beside what was caught: one property of two is a failure. */
static void say_caught(struct screen *screen, const struct collect_scenario *seen)
{
    const struct campaign_scenario *scenario = &seen->scenario;
    char properties[PROPERTIES_SIZE_BYTES];
    char duration[PAINT_DURATION_SIZE_BYTES];
    uint32_t caught = scenario->expect & scenario->violated;
    uint32_t missed = scenario->expect & ~scenario->violated;

    if (caught != 0) {
        collect_properties_print(caught, properties, sizeof(properties));
        screen_say(screen, "caught: %s", properties);
    }
    if (caught != 0 && missed == 0) {
        screen_say(screen, " in ");
        say_count(screen, scenario->first_catch_cases, catch_word(seen));
        screen_say(screen, ", %s", paint_duration(scenario->first_catch_us, duration));
    }
    if (missed != 0) {
        collect_properties_print(missed, properties, sizeof(properties));
        screen_say(screen, "%snot caught%s: %s in ", caught != 0 ? "; " : "",
                   scenario->is_cut_short ? " yet" : "", properties);
        say_count(screen, scenario->run, "case");
    }
    if (scenario->control_run > 0 && scenario->control_intact == scenario->control_run) {
        screen_say(screen, "; controls intact");
    } else if (scenario->control_run > 0) {
        screen_say(screen, "; %" PRIu64 " of %" PRIu64 " controls intact", scenario->control_intact,
                   scenario->control_run);
    }
}

/* Which scenario: its name, and how it differs from others of that name. */
static void say_identity(struct screen *screen, const struct campaign_scenario *scenario,
                         bool is_alone)
{
    screen_say(screen, "%s ", scenario->name);
    if (!is_alone) {
        screen_pad(screen, NAME_COLUMN);
    }
    if (points_of(scenario->target) != &points_engine) {
        screen_say(screen, "%s ", scenario->target);
    }
    screen_say(screen, "%s ", scenario->switches);
    if (scenario->pass > 0) {
        screen_say(screen, "pass %" PRIu32 ", seed %" PRIx64 ": ", scenario->pass + 1,
                   scenario->seed);
    }
}

/* What a scenario never does (all recoveries of all images) is said of the campaign; what it did
 * not do this time is said in its own line: "ok" with half of the cases left out is another claim.
 */
static bool is_told_of_scenario(const struct left_out_entry *entry)
{
    return entry->reason != LEFT_OUT_CAUGHT && entry->reason != LEFT_OUT_RECOVERIES &&
           (entry->unit == LEFT_OUT_UNIT_CASE || entry->unit == LEFT_OUT_UNIT_IMAGE);
}

static void say_left_out(struct screen *screen, const struct campaign_scenario *scenario)
{
    char count[LEFT_OUT_COUNT_SIZE_BYTES];

    for (uint32_t i = 0; i < scenario->left_out.entry_count; i++) {
        const struct left_out_entry *entry = &scenario->left_out.entries[i];

        if (is_told_of_scenario(entry)) {
            screen_say(screen, ", %s left out", left_out_text_count(entry, count));
        }
    }
}

void result_text_scenario(struct screen *screen, const struct collect_scenario *seen, bool is_alone)
{
    const struct campaign_scenario *scenario = &seen->scenario;
    const char *word = scenario->passed_all ? "ok" : scenario->is_cut_short ? "cut" : "FAILED";
    char duration[PAINT_DURATION_SIZE_BYTES];

    screen_begin(screen, scenario->passed_all ? PAINT_GOOD : PAINT_BAD, word);
    say_identity(screen, scenario, is_alone);
    if (scenario->expect != 0 && !scenario->is_sympathy) {
        say_caught(screen, seen);
    } else {
        say_count(screen, scenario->run, "case");
        screen_say(screen, "%s", scenario->run == 0 ? "" : ": ");
        say_outcomes(screen, scenario);
    }
    say_left_out(screen, scenario);
    if (scenario->expect == 0 || scenario->first_catch_us == 0) {
        screen_say(screen, "; %s", paint_duration(scenario->duration_us, duration));
    }
    if (scenario->verdict[0] != '\0') {
        screen_say(screen, "\nwhy: %.*s", (int)strcspn(scenario->verdict, "\n"), scenario->verdict);
    }
    screen_end(screen);
    if (scenario->expect != 0 && seen->caught_token != NULL) {
        screen_token(screen, TOKEN_INDENT, "replay", seen->caught_token);
    }
    (void)fflush(screen->stream);
}

/* The campaign */

/* What all scenarios that plant a defect, or take a guard away, came to. */
struct catches {
    uint32_t count;
    uint32_t caught;
    uint32_t unjudged;    /* the engine fails without them, too */
    uint32_t uncatchable; /* as their row says */
    uint64_t controls;
    uint64_t controls_intact;
};

static struct catches count_catches(const struct collect *collect)
{
    struct catches catches = {0};

    for (uint32_t i = 0; i < collect_scenario_count(collect); i++) {
        const struct campaign_scenario *scenario = &collect_scenario_at(collect, i)->scenario;
        bool is_caught = (scenario->expect & ~scenario->violated) == 0;

        if (scenario->expect == 0) {
            continue;
        }
        catches.count++;
        catches.unjudged += scenario->is_sympathy;
        catches.caught += is_caught && !scenario->is_sympathy;
        catches.uncatchable += !is_caught && scenario->passed_all;
        catches.controls += scenario->control_run;
        catches.controls_intact += scenario->control_intact;
    }
    return catches;
}

static void put_catches(struct screen *screen, const struct catches *catches)
{
    bool is_all = catches->caught + catches->unjudged + catches->uncatchable == catches->count;
    char parts[PAINT_DURATION_SIZE_BYTES];
    char alls[PAINT_DURATION_SIZE_BYTES];

    screen_begin(screen, is_all ? PAINT_STRONG : PAINT_BAD, "CAUGHT");
    screen_say(screen, "%" PRIu32 " of %" PRIu32 " planted defect%s and missing guards",
               catches->caught, catches->count, paint_plural(catches->count));
    if (catches->uncatchable > 0) {
        screen_say(screen, " (%" PRIu32 " cannot be, as said beforehand)", catches->uncatchable);
    }
    if (catches->unjudged > 0) {
        screen_say(screen, ", %" PRIu32 " not judged: the engine fails without them, too",
                   catches->unjudged);
    }
    if (catches->controls > 0) {
        screen_say(screen, "; of their controls %s of %s intact",
                   paint_count(catches->controls_intact, parts),
                   paint_count(catches->controls, alls));
    }
    screen_end(screen);
}

/* A harness that misses the message it removed itself can be believed in nothing. */
static void put_checks(struct screen *screen, const struct campaign_summary *summary)
{
    char calls[PAINT_DURATION_SIZE_BYTES];

    if (summary->canary_failed) {
        screen_line(screen, PAINT_BAD, "CANARY", "not run: the engine failed: %s",
                    summary->canary_text);
    } else if (!summary->canary_run) {
        screen_line(screen, PAINT_WARNING, "CANARY", "not run%s%s",
                    summary->canary_text[0] == '\0' ? "" : ": ", summary->canary_text);
    } else if (!summary->canary_caught) {
        screen_line(screen, PAINT_BAD, "CANARY",
                    "MISSED: a removed message was not noticed; believe nothing of this run");
    }
    if (summary->stores.is_fallback) {
        screen_line(screen, PAINT_WARNING, "STORES", "on %s", summary->stores.place);
    }
    if (!summary->audited) {
        return;
    }
    if (summary->audit_unannounced == 0) {
        screen_line(screen, PAINT_STRONG, "AUDIT", "%s system calls, each announced by a point",
                    paint_count(summary->audit_syscalls, calls));
    } else {
        screen_line(screen, PAINT_BAD, "AUDIT",
                    "FAILED: %" PRIu64 " of %" PRIu64 " system calls went past the points",
                    summary->audit_unannounced, summary->audit_syscalls);
    }
}

/* What a campaign with a budget of time got through. Passes that were cut do not count as whole: a
 * suite that was half run has proven half. */
static void put_budget(struct screen *screen, const struct collect *collect,
                       const struct campaign_summary *summary)
{
    uint64_t seed = collect_seed(collect);
    uint32_t whole = summary->passes - (summary->passes > 0 && summary->is_cut ? 1 : 0);
    char words[PAINT_DURATION_SIZE_BYTES];

    if (summary->budget_us == 0) {
        return;
    }
    screen_begin(screen, PAINT_STRONG, "BUDGET");
    screen_say(screen, "%s: %" PRIu32 " whole pass%s over the suite%s, seed",
               paint_duration(summary->budget_us, words), whole, whole == 1 ? "" : "es",
               whole < summary->passes ? " and a part of the next" : "");
    if (summary->passes > 1) {
        screen_say(screen, "s %" PRIx64 " to %" PRIx64, seed, seed + summary->passes - 1);
    } else {
        screen_say(screen, " %" PRIx64, seed);
    }
    if (!summary->is_cut && !summary->interrupted) {
        screen_say(screen, "; ended before its time: another seed makes nothing new here");
    }
    screen_end(screen);
}

static int by_duration(const void *one, const void *other)
{
    const struct campaign_scenario *a = *(const struct campaign_scenario *const *)one;
    const struct campaign_scenario *b = *(const struct campaign_scenario *const *)other;

    return a->duration_us < b->duration_us ? 1 : a->duration_us > b->duration_us ? -1 : 0;
}

/* Without memory for the list it is not there: nothing of a verdict is in it. */
static void put_slowest(struct screen *screen, const struct collect *collect)
{
    uint32_t count = collect_scenario_count(collect);
    const struct campaign_scenario **list = calloc(count + 1, sizeof(struct campaign_scenario *));
    char duration[PAINT_DURATION_SIZE_BYTES];

    if (list == NULL) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        list[i] = &collect_scenario_at(collect, i)->scenario;
    }
    qsort(list, count, sizeof(struct campaign_scenario *), by_duration);
    screen_begin(screen, PAINT_STRONG, "SLOWEST");
    for (uint32_t i = 0; i < count && i < SLOWEST_MAX; i++) {
        screen_say(screen, "%s%s %s", i == 0 ? "" : ", ", list[i]->name,
                   paint_duration(list[i]->duration_us, duration));
    }
    screen_end(screen);
    free(list);
}

static bool is_failed(const struct collect_scenario *seen)
{
    return seen->has_ended && !seen->scenario.passed_all && !seen->scenario.is_cut_short &&
           !seen->scenario.is_sympathy;
}

/* Scenarios without a failed case: only their verdict says what is wrong. Returns how many
 * scenarios failed in all. */
static uint32_t put_verdicts(struct screen *screen, const struct collect *collect)
{
    uint32_t failed = 0;
    uint32_t told = 0;

    for (uint32_t i = 0; i < collect_scenario_count(collect); i++) {
        const struct collect_scenario *seen = collect_scenario_at(collect, i);

        failed += is_failed(seen);
        if (!is_failed(seen) || seen->scenario.failed > 0) {
            continue;
        }
        if (screen->is_verbose || told < VERDICTS_SHOWN_MAX) {
            screen_line(screen, PAINT_BAD, told == 0 ? "FAILED" : "", "%s: %s", seen->scenario.name,
                        seen->scenario.verdict);
        }
        told++;
    }
    if (!screen->is_verbose && told > VERDICTS_SHOWN_MAX) {
        screen_line(screen, PAINT_BAD, "", "and %" PRIu32 " more", told - VERDICTS_SHOWN_MAX);
    }
    return failed;
}

/* The names of the others, folded: a hundred of them would push everything else off the screen. */
static void put_failed_names(struct screen *screen, const struct collect *collect)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < collect_scenario_count(collect); i++) {
        const struct collect_scenario *seen = collect_scenario_at(collect, i);

        if (!is_failed(seen) || seen->scenario.failed == 0) {
            continue;
        }
        if (count == 0) {
            screen_begin(screen, PAINT_BAD, "FAILED");
        }
        if (screen->is_verbose || count < NAMES_SHOWN_MAX) {
            screen_say(screen, "%s%s (%" PRIu64 ")", count == 0 ? "" : ", ", seen->scenario.name,
                       seen->scenario.failed);
        }
        count++;
    }
    if (!screen->is_verbose && count > NAMES_SHOWN_MAX) {
        screen_say(screen, ", and %" PRIu32 " more", count - NAMES_SHOWN_MAX);
    }
    if (count > 0) {
        screen_end(screen);
    }
}

/* The verdict */

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
        return "as expected";
    }
}

/* A report that could not be written makes the run incomplete, whatever the store did; bad usage
 * (4) stays what it is, since then nothing ran. */
static int exit_code_of(const struct campaign_summary *summary, const char *problem)
{
    return *problem != '\0' && summary->exit_code != 4 ? 3 : summary->exit_code;
}

/* All speeds on the screen are of this kind: cases, live ones and images, a second of the clock. Of
 * few scenarios the lines above have counts and times. */
static void say_speed(struct screen *screen, const struct campaign_summary *summary, bool is_large)
{
    uint64_t cases = summary->passed + summary->failed + summary->skipped;
    char words[PAINT_DURATION_SIZE_BYTES];
    uint64_t rate = summary->duration_us == 0
                        ? 0
                        : (uint64_t)((double)cases * 1e6 / (double)summary->duration_us);

    if (is_large) {
        say_count(screen, cases, "case");
        screen_say(screen, " in %s, ", paint_duration(summary->duration_us, words));
    }
    say_count(screen, rate, "case");
    screen_say(screen, " a second");
}

/* "129 scenarios as expected, canary caught; 97,902 live cases ...". Of a few scenarios the lines
 * above have the counts. */
static void say_verdict(struct screen *screen, const struct campaign_summary *summary,
                        int exit_code, bool is_large)
{
    if (exit_code != 0) {
        screen_say(screen, "exit %d: ", exit_code);
    }
    if (summary->unexpected > 0) {
        screen_say(screen, "%" PRIu32 " of ", summary->unexpected);
    }
    if (is_large || summary->unexpected > 0) {
        say_count(screen, summary->scenario_count, "scenario");
        screen_say(screen, exit_code > 1 ? ", " : " ");
    }
    screen_say(screen, "%s, canary %s; ", reason_of(summary, exit_code),
               summary->canary_caught ? "caught"
               : summary->canary_run  ? "MISSED"
                                      : "not run");
    say_speed(screen, summary, is_large);
}

/* With few scenarios the report has no line of its own. */
static void put_verdict(struct screen *screen, const struct campaign_summary *summary,
                        const struct result_text_notes *notes, bool is_large)
{
    int exit_code = exit_code_of(summary, notes->problem);

    if (*notes->problem != '\0') {
        screen_line(screen, PAINT_BAD, "PROBLEM", "%s", notes->problem);
    }
    if (*notes->report_place != '\0' && is_large) {
        screen_line(screen, PAINT_STRONG, "REPORT", "%s/report.txt%s", notes->report_place,
                    screen->is_verbose ? "" : ": every scenario and point, as with -v");
    }
    screen_begin(screen, exit_code == 0 ? PAINT_GOOD : PAINT_BAD,
                 exit_code == 0 ? "PASSED" : "RESULT");
    if (*notes->problem != '\0') {
        screen_say(screen, "exit %d: this run, or a report of it, is incomplete", exit_code);
    } else {
        say_verdict(screen, summary, exit_code, is_large);
    }
    if (*notes->report_place != '\0' && !is_large) {
        screen_say(screen, "; %s", notes->report_place);
    }
    screen_end(screen);
}

/* The first scenario that failed without a failed case: its own tables say more. */
static const char *first_hollow(const struct collect *collect)
{
    for (uint32_t i = 0; i < collect_scenario_count(collect); i++) {
        const struct collect_scenario *seen = collect_scenario_at(collect, i);

        if (is_failed(seen) && seen->scenario.failed == 0) {
            return seen->scenario.name;
        }
    }
    return NULL;
}

/* What to do now. The tokens stand with their causes, each alone on its line. */
static void put_next(struct screen *screen, const struct collect *collect,
                     const struct campaign_summary *summary, int exit_code)
{
    const char *hollow = first_hollow(collect);

    if (exit_code == 3 && summary->harness_broken) {
        screen_line(screen, PAINT_STRONG, "NEXT",
                    "mend the harness first: of the store nothing is said");
    } else if (exit_code == 1 && summary->cause_count > 0) {
        screen_line(screen, PAINT_STRONG, "NEXT",
                    "of CAUSE 1: `%s why TOKEN` tells the story, `shrink TOKEN` makes it smaller",
                    screen->command);
    } else if (exit_code == 1 && hollow != NULL) {
        screen_line(screen, PAINT_STRONG, "NEXT",
                    "`%s run %s -v` shows which points and images it came to", screen->command,
                    hollow);
    }
}

static void put_tables(struct screen *screen, const struct collect *collect,
                       const struct points *points, const struct campaign_coverage *rows)
{
    (void)fputc('\n', screen->stream);
    coverage_text_table(screen, points, rows);
    (void)fputc('\n', screen->stream);
    explore_text_table(screen, collect);
    (void)fputc('\n', screen->stream);
}

/* The important last, where the terminal stops: what was done, then what failed, then the counts.
 */
void result_text_summary(struct screen *screen, const struct collect *collect,
                         const struct campaign_summary *summary,
                         const struct result_text_notes *notes)
{
    struct campaign_coverage rows[POINTS_MAX];
    const struct points *points = collect_coverage(collect, rows);
    const struct catches catches = count_catches(collect);
    bool is_large = collect_scenario_count(collect) > RESULT_TEXT_FEW;

    if (screen->is_verbose) {
        put_tables(screen, collect, points, rows);
    }
    if (screen->is_verbose || catches.count < collect_scenario_count(collect)) {
        coverage_text_line(screen, points, rows);
    }
    if (screen->is_verbose || summary->whole_suite) {
        coverage_text_unreached(screen, points, rows, summary->whole_suite);
    }
    explore_text_line(screen, &summary->explore, is_large || screen->is_verbose);
    if (is_large && catches.count > 0) {
        put_catches(screen, &catches);
    }
    left_out_text_lines(screen, &summary->left_out, summary->scenario_count);
    if (is_large) {
        put_slowest(screen, collect);
    }
    put_budget(screen, collect, summary);
    put_checks(screen, summary);
    if (put_verdicts(screen, collect) > 0) {
        put_failed_names(screen, collect);
    }
    cause_text_put(screen, summary, screen->is_verbose ? CAUSE_LINES_MOST : CAUSE_LINES_MAX);
    left_out_text_shard(screen, summary);
    cause_text_put_past(screen, &summary->history);
    put_verdict(screen, summary, notes, is_large);
    put_next(screen, collect, summary, exit_code_of(summary, notes->problem));
    (void)fprintf(screen->stream,
                  "cases: %" PRIu64 " passed, %" PRIu64 " failed, %" PRIu64 " skipped\n",
                  summary->passed, summary->failed, summary->skipped);
    (void)fflush(screen->stream);
}

void result_text_file(FILE *stream, const struct collect *collect,
                      const struct campaign_summary *summary, const char *command)
{
    struct screen screen = {
        .stream = stream, .is_verbose = true, .width = SCREEN_WIDTH_DEFAULT, .command = command};

    for (uint32_t i = 0; i < collect_scenario_count(collect); i++) {
        if (collect_scenario_at(collect, i)->has_ended) {
            result_text_scenario(&screen, collect_scenario_at(collect, i), false);
        }
    }
    result_text_summary(&screen, collect, summary, &(struct result_text_notes){"", ""});
}
