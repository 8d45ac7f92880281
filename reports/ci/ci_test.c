/* Cells to tests, and bytes to text. */
#include "reports/ci/ci_test.h"

#include "reports/paint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE_BYTES    160
#define MESSAGE_SIZE_BYTES 1024
#define COMMAND_SIZE_BYTES (TOKEN_TEXT_SIZE_BYTES + 16)

/* The length of the UTF-8 sequence at `text` that XML allows, or 0. Overlong forms and surrogates
 * are refused too: libxml2 would stop at them, and the report with it. */
static size_t allowed_length(const unsigned char *text)
{
    uint32_t code;

    if (text[0] < 0x80) {
        return text[0] >= 0x20 || text[0] == '\t' || text[0] == '\n' || text[0] == '\r';
    }
    if (text[0] >= 0xC2 && text[0] <= 0xDF && (text[1] & 0xC0) == 0x80) {
        return 2;
    }
    if ((text[0] & 0xF0) == 0xE0 && (text[1] & 0xC0) == 0x80 && (text[2] & 0xC0) == 0x80) {
        code = (text[0] & 0x0Fu) << 12 | (text[1] & 0x3Fu) << 6 | (text[2] & 0x3Fu);
        return code >= 0x800 && (code < 0xD800 || code > 0xDFFF) && code < 0xFFFE ? 3 : 0;
    }
    if ((text[0] & 0xF8) == 0xF0 && (text[1] & 0xC0) == 0x80 && (text[2] & 0xC0) == 0x80 &&
        (text[3] & 0xC0) == 0x80) {
        code = (text[0] & 0x07u) << 18 | (text[1] & 0x3Fu) << 12 | (text[2] & 0x3Fu) << 6 |
               (text[3] & 0x3Fu);
        return code >= 0x10000 && code <= 0x10FFFF ? 4 : 0;
    }
    return 0;
}

/* Details hold file names and bytes of messages: they may be anything. */
char *ci_test_clean(const char *text)
{
    char *clean = malloc(strlen(text) + 1);
    size_t used = 0;

    if (clean == NULL) {
        return NULL;
    }
    while (*text != '\0') {
        size_t length = allowed_length((const unsigned char *)text);

        if (length == 0) {
            clean[used++] = '?';
            text++;
        }
        for (size_t i = 0; i < length; i++) {
            clean[used++] = *text++;
        }
    }
    clean[used] = '\0';
    return clean;
}

const char *ci_test_suite(const struct collect *collect, uint32_t index,
                          char name[CI_TEST_SUITE_SIZE_BYTES])
{
    const struct campaign_scenario *scenario = &collect_scenario_at(collect, index)->scenario;

    if (collect_is_name_shared(collect, index)) {
        (void)snprintf(name, CI_TEST_SUITE_SIZE_BYTES, "%s@%" PRIx64 "%s", scenario->name,
                       scenario->seed, scenario->switches);
    } else {
        (void)snprintf(name, CI_TEST_SUITE_SIZE_BYTES, "%s", scenario->name);
    }
    return name;
}

/* The capsule of a cause whose simplest case is one of this cell's. */
static const char *capsule_of(const struct collect_scenario *seen, const struct collect_cell *cell,
                              const struct campaign_summary *summary)
{
    for (uint32_t i = 0; i < summary->cause_count; i++) {
        const struct campaign_cause *cause = &summary->causes[i];

        for (uint32_t k = 0; k < seen->failure_count && cause->capsule[0] != '\0'; k++) {
            const struct collect_failure *failure = &seen->failures[k];

            if (failure->role == cell->role && failure->point == cell->point &&
                failure->kind == cell->kind && strcmp(failure->token, cause->simplest.token) == 0) {
                return cause->capsule;
            }
        }
    }
    return "";
}

/* Its first failure stands for the others. */
static void describe_failure(const struct collect_scenario *seen, const struct collect_cell *cell,
                             struct ci_test *test, char message[MESSAGE_SIZE_BYTES],
                             char command[COMMAND_SIZE_BYTES])
{
    const struct collect_failure *failure =
        cell->first_failure < 0 ? NULL : &seen->failures[cell->first_failure];
    char properties[512] = "";

    test->state = cell->broken > 0 ? CI_TEST_BROKEN : CI_TEST_FAILED;
    test->type = failure == NULL ? (cell->broken > 0 ? "harness-broken" : "violated")
                                 : outcome_name(failure->outcome);
    test->detail = "too many failures in this run: run the scenario alone for its tokens";
    if (failure != NULL) {
        collect_properties_print(failure->violated, properties, sizeof(properties));
        (void)snprintf(command, COMMAND_SIZE_BYTES, "replay %s", failure->token);
        test->command = command;
        test->detail = failure->detail;
    }
    (void)snprintf(message, MESSAGE_SIZE_BYTES, "%s%s%s: %" PRIu64 " of %" PRIu64 " case%s",
                   test->type, *properties == '\0' ? "" : " ", properties,
                   cell->failed + cell->broken, cell->cases, paint_plural(cell->cases));
    test->message = message;
}

static struct ci_test passed(const char *name, uint64_t duration_us)
{
    return (struct ci_test){.name = name,
                            .message = "",
                            .type = "",
                            .command = "",
                            .detail = "",
                            .capsule = "",
                            .duration_us = duration_us,
                            .state = CI_TEST_PASSED};
}

/* Images are not told one by one, so no cell counts those that passed: they are one test more. */
static struct ci_test images(const struct campaign_explore *explore)
{
    struct ci_test test = passed("images of power losses", explore->duration_us);

    if (explore->judged == 0) {
        test.state = CI_TEST_SKIPPED;
        test.message = "no image was judged";
    }
    return test;
}

/* What no cell says: that it is as expected.  It fails for a reason that no case has: vacuous, a
 * defect not caught. */
static struct ci_test whole(const struct collect_scenario *seen, char command[COMMAND_SIZE_BYTES])
{
    const struct campaign_scenario *scenario = &seen->scenario;
    struct ci_test test = passed("scenario as expected", 0);

    if (scenario->is_cut_short || scenario->is_sympathy) {
        test.state = CI_TEST_SKIPPED;
        test.message = scenario->verdict;
    } else if (seen->has_ended && !scenario->passed_all && seen->failed == 0) {
        (void)snprintf(command, COMMAND_SIZE_BYTES, "run %s", scenario->name);
        test.state = CI_TEST_FAILED;
        test.message = scenario->verdict;
        test.type = "scenario";
        test.command = command;
        test.detail = scenario->verdict;
    }
    return test;
}

void ci_test_each(const struct collect_scenario *seen, const struct campaign_summary *summary,
                  void (*take)(void *arg, const struct ci_test *test), void *arg)
{
    char name[NAME_SIZE_BYTES];
    char message[MESSAGE_SIZE_BYTES];
    char command[COMMAND_SIZE_BYTES];
    struct ci_test test;

    for (uint32_t i = 0; i < seen->cell_count; i++) {
        const struct collect_cell *cell = &seen->cells[i];

        (void)collect_cell_print(seen, cell, name, sizeof(name));
        test = passed(name, cell->duration_us);
        if (cell->broken > 0 || cell->failed > 0) {
            describe_failure(seen, cell, &test, message, command);
            test.capsule = capsule_of(seen, cell, summary);
        } else if (cell->passed == 0) {
            test.state = CI_TEST_SKIPPED;
            test.message = "no case of it was judged";
        }
        take(arg, &test);
    }
    if (campaign_explore_is_any(&seen->scenario.explore)) {
        test = images(&seen->scenario.explore);
        take(arg, &test);
    }
    test = whole(seen, command);
    take(arg, &test);
}
