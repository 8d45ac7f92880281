/* What ran. */
#include "harness/gate/suite_rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Some pass of it came to its end. */
static bool has_run(const struct evidence *evidence, const char *name)
{
    for (size_t i = 0; i < evidence->scenario_count; i++) {
        const struct evidence_scenario *scenario = &evidence->scenarios[i];
        if (strcmp(scenario->name, name) == 0 && scenario->has_ended && scenario->run > 0) {
            return true;
        }
    }
    return false;
}

static uint32_t count_missing(const struct policy *policy, const struct evidence *evidence)
{
    uint32_t missing = 0;
    for (uint32_t i = 0; i < policy->name_count; i++) {
        missing += !has_run(evidence, policy->names[i]);
    }
    return missing;
}

static void require_each(const struct policy *policy, const struct evidence *evidence,
                         struct verdict *verdict)
{
    char wanted[VERDICT_CELL_SIZE_BYTES];
    (void)snprintf(wanted, sizeof(wanted), "%" PRIu32 " named", policy->name_count);
    for (uint32_t i = 0; i < policy->name_count; i++) {
        const struct verdict_asked asked = {"scenarios", wanted, "missing"};
        if (!has_run(evidence, policy->names[i])) {
            verdict_fail(verdict, &asked,
                         "scenario '%s' did not run to its end: run it, or take it out of "
                         "'must_run' if it is gone for good",
                         policy->names[i]);
        }
    }
    if (count_missing(policy, evidence) == 0) {
        verdict_hold(verdict, &(const struct verdict_asked){"scenarios", wanted, "all ran"});
    }
}

void suite_rules_scenarios(const struct policy *policy, const struct evidence *evidence,
                           struct verdict *verdict)
{
    const struct verdict_asked whole = {"suite", "the whole suite",
                                        evidence->is_whole_suite ? "whole" : "named scenarios"};
    if (policy->needs_whole_suite && !evidence->is_whole_suite) {
        verdict_fail(verdict, &whole,
                     "only named scenarios were run: run without naming any, or say 'whole_suite: "
                     "false'");
    } else if (policy->needs_whole_suite) {
        verdict_hold(verdict, &whole);
    }
    if (policy->name_count > 0) {
        require_each(policy, evidence, verdict);
    }
}

static void need(struct verdict *verdict, const char *rule, uint64_t least, uint64_t found)
{
    char wanted[VERDICT_CELL_SIZE_BYTES];
    char got[VERDICT_CELL_SIZE_BYTES];
    const struct verdict_asked asked = {rule, wanted, got};
    (void)snprintf(wanted, sizeof(wanted), "at least %" PRIu64, least);
    (void)snprintf(got, sizeof(got), "%" PRIu64, found);
    if (found < least) {
        verdict_fail(verdict, &asked,
                     "%" PRIu64 ", the policy asks for %" PRIu64
                     ": see what the run left out, or which scenario became smaller",
                     found, least);
    } else {
        verdict_hold(verdict, &asked);
    }
}

/* A budget runs scenarios again: each counts once. */
static uint64_t count_names(const struct evidence *evidence)
{
    uint64_t count = 0;
    for (size_t i = 0; i < evidence->scenario_count; i++) {
        size_t first = 0;
        while (strcmp(evidence->scenarios[first].name, evidence->scenarios[i].name) != 0) {
            first++;
        }
        count += first == i && has_run(evidence, evidence->scenarios[i].name);
    }
    return count;
}

void suite_rules_least(const struct policy *policy, const struct evidence *evidence,
                       struct verdict *verdict)
{
    uint64_t count = count_names(evidence);
    /* Where only named ones are missing, each has its line already. */
    if (count >= policy->scenarios_least ||
        count + count_missing(policy, evidence) < policy->scenarios_least) {
        need(verdict, "scenarios run", policy->scenarios_least, count);
    }
    need(verdict, "cases judged", policy->cases_least, evidence->passed + evidence->failed);
    need(verdict, "images judged", policy->images_least, evidence->images);
}

/* In POLICY_PERCENT, rounded down: 9,999 of 10,000 is not all.  Of nothing it is nothing. */
static uint32_t percent(uint64_t part, uint64_t all)
{
    return all == 0 ? 0 : (uint32_t)((double)part / (double)all * 100 * POLICY_PERCENT);
}

static bool is_enough(uint64_t part, uint64_t all, uint32_t least)
{
    return all > 0 ? part * 100 * POLICY_PERCENT >= all * (uint64_t)least : least == 0;
}

static void cover(struct verdict *verdict, const char *rule, uint32_t least, uint64_t part,
                  uint64_t all)
{
    char wanted[VERDICT_CELL_SIZE_BYTES];
    char found[VERDICT_CELL_SIZE_BYTES];
    const struct verdict_asked asked = {rule, wanted, found};
    uint32_t got = percent(part, all);
    (void)snprintf(wanted, sizeof(wanted), "%" PRIu32 ".%02" PRIu32 " %%", least / POLICY_PERCENT,
                   least % POLICY_PERCENT);
    (void)snprintf(found, sizeof(found), "%" PRIu32 ".%02" PRIu32 " %%, %" PRIu64 " of %" PRIu64,
                   got / POLICY_PERCENT, got % POLICY_PERCENT, part, all);
    if (!is_enough(part, all, least)) {
        verdict_fail(verdict, &asked,
                     "%s, the policy asks for %s: the table of run -v names the points that "
                     "are missing; add a scenario that comes there",
                     found, wanted);
    } else {
        verdict_hold(verdict, &asked);
    }
}

void suite_rules_coverage(const struct policy *policy, const struct evidence *evidence,
                          struct verdict *verdict)
{
    const struct evidence_coverage *coverage = &evidence->coverage;
    if (!coverage->is_of_this_build) {
        verdict_fail(verdict,
                     &(const struct verdict_asked){"coverage", "points of this build", "others"},
                     "the run covers other points than this program knows: ask the killpoint that "
                     "made the run");
        return;
    }
    cover(verdict, "points reached", policy->points_least, coverage->reached,
          coverage->point_count);
    cover(verdict, "writes killed", policy->writes_least, coverage->killed, coverage->writes);
    cover(verdict, "reads failed", policy->reads_least, coverage->failed, coverage->reads);
}

static uint64_t most_of(const struct policy *policy, const char *reason)
{
    for (uint32_t i = 0; i < policy->limit_count; i++) {
        if (strcmp(left_out_name(policy->limits[i].reason), reason) == 0) {
            return policy->limits[i].most;
        }
    }
    return 0;
}

/* Of a reason without a limit, and of what nobody could count, nothing may be left out. */
static void limit(const struct policy *policy, const struct evidence_left_out *entry,
                  struct verdict *verdict)
{
    char wanted[VERDICT_CELL_SIZE_BYTES];
    char found[VERDICT_CELL_SIZE_BYTES];
    char rule[VERDICT_RULE_SIZE_BYTES];
    const struct verdict_asked asked = {rule, wanted, found};
    uint64_t most = most_of(policy, entry->reason);
    (void)snprintf(rule, sizeof(rule), "left out: %.13s", entry->reason);
    (void)snprintf(wanted, sizeof(wanted), "at most %" PRIu64, most);
    (void)snprintf(found, sizeof(found), "%s%" PRIu64 ", unit: %s",
                   entry->is_uncounted ? "at least " : "", entry->count, entry->unit);
    if (entry->is_uncounted && most == 0) {
        verdict_fail(verdict, &asked,
                     "an unknown number (unit: %s; %s): run it, or allow the reason in 'left_out'",
                     entry->unit, entry->text);
    } else if (entry->count > most) {
        verdict_fail(verdict, &asked,
                     "%" PRIu64 " (unit: %s; %s), the policy allows %" PRIu64
                     ": run it, or raise the limit in 'left_out'",
                     entry->count, entry->unit, entry->text, most);
    } else {
        verdict_hold(verdict, &asked);
    }
}

void suite_rules_left_out(const struct policy *policy, const struct evidence *evidence,
                          struct verdict *verdict)
{
    char wanted[VERDICT_CELL_SIZE_BYTES];
    char found[VERDICT_CELL_SIZE_BYTES];
    const struct verdict_asked asked = {"left out in all", wanted, found};
    size_t failed = verdict->failed_count;
    uint64_t sum = 0;
    for (size_t i = 0; i < evidence->left_out_count; i++) {
        limit(policy, &evidence->left_out[i], verdict);
        sum += evidence->left_out[i].count;
    }
    (void)snprintf(wanted, sizeof(wanted), "at most %" PRIu64, policy->left_out_most);
    (void)snprintf(found, sizeof(found), "%" PRIu64, sum);
    if (sum <= policy->left_out_most) {
        verdict_hold(verdict, &asked);
    } else if (verdict->failed_count == failed) {
        /* Where a reason is over its own limit, that is what is to be said. */
        verdict_fail(verdict, &asked,
                     "%" PRIu64 " left out or capped in all, the policy allows %" PRIu64
                     ": see LEFT OUT of the run, or raise 'most' in 'left_out'",
                     sum, policy->left_out_most);
    }
}

void suite_rules_defects(const struct evidence *evidence, struct verdict *verdict)
{
    char found[VERDICT_CELL_SIZE_BYTES];
    const struct verdict_asked asked = {"defects", "all caught", found};
    uint64_t count = 0;
    uint64_t caught = 0;
    for (size_t i = 0; i < evidence->scenario_count; i++) {
        count += evidence->scenarios[i].is_defect;
        caught += evidence->scenarios[i].is_defect && evidence->scenarios[i].is_caught;
    }
    (void)snprintf(found, sizeof(found), "%" PRIu64 " of %" PRIu64, caught, count);
    for (size_t i = 0; i < evidence->scenario_count; i++) {
        const struct evidence_scenario *scenario = &evidence->scenarios[i];
        if (scenario->is_defect && !scenario->is_caught) {
            verdict_fail(verdict, &asked, "the defect of '%s' was not caught (%s): %s",
                         scenario->name, scenario->verdict,
                         scenario->is_sympathy
                             ? "the engine fails without it, too; mend that first"
                             : "the harness has become blind to it; see killpoint run on it");
        }
    }
    if (caught == count) {
        verdict_hold(verdict, &asked);
    }
}

void suite_rules_expectations(const struct evidence *evidence, struct verdict *verdict)
{
    const struct verdict_asked asked = {"expectations", "no failure without a cause",
                                        "not as expected"};
    bool is_good = true;
    for (size_t i = 0; i < evidence->scenario_count; i++) {
        const struct evidence_scenario *scenario = &evidence->scenarios[i];
        bool is_told = scenario->is_defect && !scenario->is_caught;
        if (scenario->is_as_expected || is_told || !scenario->has_ended) {
            continue;
        }
        if (scenario->failed == 0 || evidence->cause_count == 0) {
            is_good = false;
            verdict_fail(verdict, &asked,
                         "scenario '%s' did not go as it expects, and no cause says why (%s): mend "
                         "the scenario or the engine",
                         scenario->name, scenario->verdict);
        }
    }
    if (is_good) {
        verdict_hold(verdict, &(const struct verdict_asked){"expectations",
                                                            "no failure without a cause", "none"});
    }
}
