/* What is said of a scenario when all of it has run. */
#include "harness/campaign/scenario_run.h"
#include "harness/cause/cause_book.h"

#include <inttypes.h>
#include <stdio.h>

#define THREAD_SKIPPED_PERCENT 20u

void sweep_verdict_properties(uint32_t bits, char *text, size_t text_size_bytes)
{
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < PROPERTY_COUNT && used < text_size_bytes; i++) {
        if ((bits & (UINT32_C(1) << i)) != 0) {
            used += (size_t)snprintf(text + used, text_size_bytes - used, "%s%s",
                                     used == 0 ? "" : " ", property_name((enum property)i));
        }
    }
}

static void name_events(uint64_t bits, char *text, size_t text_size_bytes)
{
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < EVENT_COUNT && used < text_size_bytes; i++) {
        if ((bits & (UINT64_C(1) << i)) != 0) {
            used += (size_t)snprintf(text + used, text_size_bytes - used, "%s%s",
                                     used == 0 ? "" : " ", event_name((enum event)i));
        }
    }
}

/* Why a planted defect cannot be caught, as its row says; "" when it can. */
static const char *reason_not_caught(const struct scenario *scenario)
{
    for (unsigned i = 0; i < QUIRK_DEFECT_COUNT; i++) {
        const struct quirk_defect_row *row = quirk_defect_row((enum quirk_defect)i);
        if (quirk_has_defect(&scenario->store.quirks, (enum quirk_defect)i) &&
            row->not_caught[0] != '\0') {
            return row->not_caught;
        }
    }
    return "";
}

/* Whether the expected properties were violated, or the defect's row says why they cannot be. A
 * reason for a defect that is caught is as wrong as none for one that is not. */
static bool judge_catch(struct scenario_run *run)
{
    struct campaign_scenario *result = &run->result;
    const char *reason = reason_not_caught(&run->scenario);
    uint32_t missing = result->expect & ~result->violated;
    char names[192];
    if (missing != 0 && reason[0] == '\0') {
        sweep_verdict_properties(missing, names, sizeof(names));
        (void)snprintf(result->verdict, sizeof(result->verdict), "not caught: %s", names);
        return false;
    }
    if (missing != 0) {
        (void)snprintf(result->verdict, sizeof(result->verdict), "not caught: %s", reason);
        return true;
    }
    if (result->expect != 0 && reason[0] != '\0') {
        (void)snprintf(result->verdict, sizeof(result->verdict),
                       "caught, but the defect's row says why it cannot be: %s", reason);
        return false;
    }
    return true;
}

static bool is_cut_by_budget(const struct campaign_scenario *result)
{
    return left_out_find(&result->left_out, LEFT_OUT_BUDGET, LEFT_OUT_UNIT_CASE) != NULL ||
           left_out_find(&result->left_out, LEFT_OUT_BUDGET, LEFT_OUT_UNIT_IMAGE) != NULL;
}

static void judge(struct scenario_run *run)
{
    struct campaign_scenario *result = &run->result;
    char names[192];
    if (result->failed > 0) {
        (void)snprintf(result->verdict, sizeof(result->verdict), "%" PRIu64 " case%s failed",
                       result->failed, result->failed == 1 ? "" : "s");
        return;
    }
    if (run->scenario.fault_count == 0 && !run->scenario.has_plan && result->run > 0) {
        (void)snprintf(result->verdict, sizeof(result->verdict),
                       "vacuous: neither 'faults' nor 'plan': no fault was tried");
        return;
    }
    if (run->list.idle_row != 0) {
        (void)snprintf(result->verdict, sizeof(result->verdict),
                       "vacuous: fault row %" PRIu32
                       " plans nothing: no hit of '%s' within its range can have its faults",
                       run->list.idle_row, run->scenario.faults[run->list.idle_row - 1].point);
        return;
    }
    if (supervisor_is_interrupted(run->sweep->options)) {
        result->is_cut_short = true;
        (void)snprintf(result->verdict, sizeof(result->verdict),
                       "interrupted before its end: not judged");
        return;
    }
    if (run->sweep->options->dry_run) {
        result->passed_all = true;
        return;
    }
    if (is_cut_by_budget(result)) {
        result->is_cut_short = true;
        (void)snprintf(result->verdict, sizeof(result->verdict),
                       "the budget was spent before its end: not judged");
        return;
    }
    if (!scenario_run_is_whole(run)) {
        result->is_cut_short = true;
        (void)snprintf(result->verdict, sizeof(result->verdict),
                       "a part of it: judged when the shards are merged");
        return;
    }
    if (left_out_find(&result->left_out, LEFT_OUT_CASES, LEFT_OUT_UNIT_CASE) == NULL &&
        (result->reached & result->reached_wanted) != result->reached_wanted) {
        name_events(result->reached_wanted & ~result->reached, names, sizeof(names));
        (void)snprintf(result->verdict, sizeof(result->verdict), "vacuous: never reached %s",
                       names);
        return;
    }
    if (!judge_catch(run)) {
        return;
    }
    if (result->skipped * 100 > result->run * THREAD_SKIPPED_PERCENT) {
        (void)snprintf(result->verdict, sizeof(result->verdict),
                       "vacuous: %llu of %llu faults were never reached",
                       (unsigned long long)result->skipped, (unsigned long long)result->run);
        return;
    }
    result->passed_all = true;
}

/* A defect or a guard that is not caught as it should be, by an engine that fails without it, too,
 * has not been judged: nobody can tell what would have been caught.  Its controls stay failures. */
static void judge_sympathy(struct scenario_run *run)
{
    struct campaign_scenario *result = &run->result;
    if (result->passed_all || result->is_cut_short || result->expect == 0 ||
        run->sweep->causes == NULL || !cause_book_is_unsound(run->sweep->causes)) {
        return;
    }
    cause_book_leave_out(run->sweep->causes, result);
    uint64_t unjudged = result->failed - result->control_failed;
    result->is_sympathy = true;
    result->failed -= unjudged;
    result->skipped += unjudged;
    if (unjudged > 0) {
        left_out_add(&result->left_out, LEFT_OUT_SYMPATHY, LEFT_OUT_UNIT_CASE, unjudged, "");
    } else {
        left_out_add(&result->left_out, LEFT_OUT_SYMPATHY, LEFT_OUT_UNIT_SCENARIO, 1, "");
    }
    (void)snprintf(result->verdict, sizeof(result->verdict), "%s",
                   left_out_help(LEFT_OUT_SYMPATHY));
}

void sweep_verdict(struct scenario_run *run)
{
    run->result.passed_all = false;
    judge(run);
    judge_sympathy(run);
}

bool sweep_verdict_is_well(const struct campaign_scenario *result)
{
    return result->passed_all || result->is_cut_short || result->is_sympathy;
}
