/* Where a run comes from. */
#include "harness/gate/origin_rules.h"

#include "harness/base/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SHORT_REVISION 12

/* What exit code 1 says beyond failed cases: the other rules have a row for each of these. */
static bool is_explained(const struct evidence *evidence)
{
    bool is_unexpected = false;
    for (size_t i = 0; i < evidence->scenario_count; i++) {
        is_unexpected |= !evidence->scenarios[i].is_as_expected;
    }
    return is_unexpected || evidence->failed > 0 || evidence->canary_failed ||
           (evidence->is_whole_suite && evidence->unreached_points > 0);
}

void origin_rules_ended(const struct evidence *evidence, struct verdict *verdict)
{
    char found[VERDICT_CELL_SIZE_BYTES];
    const struct verdict_asked asked = {"ended", "the run came to its end", found};
    bool is_stopped =
        evidence->is_interrupted || (evidence->has_run && strcmp(evidence->state, "ended") != 0);
    (void)snprintf(found, sizeof(found), "%s, exit %" PRId64,
                   is_stopped ? (evidence->has_run ? evidence->state : "interrupted") : "ended",
                   evidence->exit_code);
    if (is_stopped) {
        verdict_fail(verdict, &asked,
                     "the run was stopped before its end (%s): let one run to its end", found);
    } else if (evidence->is_broken || evidence->exit_code < 0 || evidence->exit_code > 1) {
        verdict_fail(verdict, &asked,
                     "the harness was at fault (exit %" PRId64
                     "): its report.txt says how; mend that and run again",
                     evidence->exit_code);
    } else if (evidence->exit_code == 1 && !is_explained(evidence)) {
        verdict_fail(verdict, &asked,
                     "the run exits 1, and nothing in its report says why: run again");
    } else {
        verdict_hold(verdict, &asked);
    }
}

static const struct evidence_left_out *find_left_out(const struct evidence *evidence,
                                                     const char *reason)
{
    for (size_t i = 0; i < evidence->left_out_count; i++) {
        if (strcmp(evidence->left_out[i].reason, reason) == 0) {
            return &evidence->left_out[i];
        }
    }
    return NULL;
}

/* The switches of the first scenario that has any, "" when none has. */
static const char *switches_of(const struct evidence *evidence)
{
    for (size_t i = 0; i < evidence->scenario_count; i++) {
        if (evidence->scenarios[i].switches[0] != '\0') {
            return evidence->scenarios[i].switches;
        }
    }
    return "";
}

bool origin_rules_refuse(const struct evidence *evidence, char *text, size_t text_size_bytes)
{
    const char *switches = switches_of(evidence);
    text[0] = '\0';
    if (evidence->is_anyway) {
        (void)snprintf(text, text_size_bytes,
                       "a case of another version was tried --anyway: run the scenarios as they "
                       "are");
    } else if (evidence->shard_count > 1) {
        (void)snprintf(text, text_size_bytes,
                       "this is shard %" PRIu64 " of %" PRIu64
                       ": killpoint merge makes one run of all",
                       evidence->shard_index, evidence->shard_count);
    } else if (find_left_out(evidence, left_out_name(LEFT_OUT_CASES)) != NULL) {
        (void)snprintf(text, text_size_bytes, "only a sample was run: run without --cases");
    } else if (*switches != '\0') {
        (void)snprintf(text, text_size_bytes,
                       "'%.100s' changed what was tested: run without --switch, --profile and "
                       "--target",
                       switches);
    } else if (evidence->scenario_count == 0) {
        (void)snprintf(text, text_size_bytes, "no scenario was run: run some");
    }
    return text[0] != '\0';
}

void origin_rules_as_it_is(const struct evidence *evidence, struct verdict *verdict)
{
    char why[VERDICT_CELL_SIZE_BYTES];
    bool is_refused = origin_rules_refuse(evidence, why, sizeof(why));
    const struct verdict_asked asked = {"as it is",
                                        "no sample, no shard, no switch, nothing --anyway",
                                        is_refused ? "changed" : "as it is"};
    if (is_refused) {
        verdict_fail(verdict, &asked, "%s", why);
    } else {
        verdict_hold(verdict, &asked);
    }
}

static void say_wanted(const struct policy *policy, char text[VERDICT_CELL_SIZE_BYTES])
{
    if (policy->revision == POLICY_REVISION_NAMED) {
        (void)snprintf(text, VERDICT_CELL_SIZE_BYTES, "commit %s, without changes", policy->commit);
    } else {
        (void)snprintf(text, VERDICT_CELL_SIZE_BYTES, "%s",
                       policy->revision == POLICY_REVISION_ANY ? "any"
                                                               : "a commit, without changes");
    }
}

void origin_rules_revision(const struct policy *policy, const struct evidence *evidence,
                           struct verdict *verdict)
{
    char wanted[VERDICT_CELL_SIZE_BYTES];
    char found[VERDICT_CELL_SIZE_BYTES];
    const struct verdict_asked asked = {"revision", wanted, found};
    bool is_known = evidence->revision[0] != '\0';
    say_wanted(policy, wanted);
    (void)snprintf(found, sizeof(found), "%.*s%s", SHORT_REVISION,
                   is_known ? evidence->revision : "unknown",
                   is_known && evidence->is_dirty ? ", dirty" : "");
    if (policy->revision == POLICY_REVISION_ANY) {
        verdict_hold(verdict, &asked);
        return;
    }
    if (!is_known) {
        verdict_fail(verdict, &asked,
                     "nobody knows which commit was tested: build in a git checkout and run again");
    } else if (evidence->is_dirty) {
        verdict_fail(verdict, &asked,
                     "sources were changed against commit %.*s: commit them, build and run again",
                     SHORT_REVISION, evidence->revision);
    } else if (policy->revision == POLICY_REVISION_NAMED &&
               strncmp(evidence->revision, policy->commit, strlen(policy->commit)) != 0) {
        verdict_fail(verdict, &asked,
                     "commit %.*s was tested, not %s: run that one, or name this in 'revision'",
                     SHORT_REVISION, evidence->revision, policy->commit);
    } else {
        verdict_hold(verdict, &asked);
    }
}

/* In hours and minutes: who waits for a night knows no milliseconds. */
static void say_duration(int64_t duration_s, char *text, size_t text_size_bytes)
{
    (void)units_print_duration(duration_s >= 3600 ? duration_s / 3600 * 3600000
                                                  : duration_s / 60 * 60000,
                               text, text_size_bytes);
}

void origin_rules_age(const struct policy *policy, const struct evidence *evidence, time_t now_s,
                      struct verdict *verdict)
{
    char most[32];
    char age[32];
    char wanted[VERDICT_CELL_SIZE_BYTES];
    char found[VERDICT_CELL_SIZE_BYTES] = "unknown";
    const struct verdict_asked asked = {"age", wanted, found};
    int64_t age_s = (int64_t)now_s - (int64_t)evidence->began;
    if (policy->age_ms == 0) {
        return;
    }
    (void)units_print_duration(policy->age_ms, most, sizeof(most));
    (void)snprintf(wanted, sizeof(wanted), "at most %s", most);
    if (!evidence->has_run) {
        verdict_fail(verdict, &asked,
                     "nobody knows when the run began: name its directory, not its report alone");
        return;
    }
    say_duration(age_s, age, sizeof(age));
    (void)snprintf(found, sizeof(found), "%s", age);
    if (age_s < 0) {
        verdict_fail(verdict, &asked,
                     "the run began in the future: set this machine's clock, or that one's");
    } else if (age_s * 1000 > policy->age_ms) {
        verdict_fail(verdict, &asked, "the run is %s old, the policy allows %s: run again", age,
                     most);
    } else {
        verdict_hold(verdict, &asked);
    }
}

void origin_rules_canary(const struct evidence *evidence, struct verdict *verdict)
{
    const struct verdict_asked asked = {"canary", "a removed message is reported",
                                        evidence->canary_caught ? "reported"
                                        : evidence->canary_run  ? "not reported"
                                                                : "not run"};
    if (evidence->canary_run && evidence->canary_caught) {
        verdict_hold(verdict, &asked);
    } else if (evidence->canary_failed) {
        verdict_fail(verdict, &asked,
                     "the canary's own store failed before a message could be removed (%s): mend "
                     "the engine first",
                     evidence->canary_text);
    } else {
        verdict_fail(verdict, &asked,
                     "a message was removed and nothing was reported (%s): this run's verdicts "
                     "mean nothing, mend the oracle",
                     evidence->canary_run ? "canary not caught" : "no canary was run");
    }
}

void origin_rules_audit(const struct policy *policy, const struct evidence *evidence,
                        struct verdict *verdict)
{
    char found[VERDICT_CELL_SIZE_BYTES];
    const struct verdict_asked asked = {"audit", "no system call went past the points", found};
    if (!policy->needs_audit) {
        return;
    }
    (void)snprintf(found, sizeof(found), "%s%" PRIu64 " of %" PRIu64 " calls not announced",
                   evidence->is_audited ? "" : "no audit, ", evidence->audit_unannounced,
                   evidence->audit_syscalls);
    if (!evidence->is_audited || evidence->audit_syscalls == 0) {
        verdict_fail(verdict, &asked, "the run was not audited: run with --audit");
    } else if (evidence->audit_unannounced > 0) {
        verdict_fail(verdict, &asked,
                     "%" PRIu64 " system calls went past the points, so no fault could strike "
                     "them: give each a point",
                     evidence->audit_unannounced);
    } else {
        verdict_hold(verdict, &asked);
    }
}
