/* Causes, known and unknown. */
#include "harness/gate/cause_rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DAY_S 86400

const struct evidence_cause *cause_rules_find(const struct evidence *evidence,
                                              const char *fingerprint)
{
    for (size_t i = 0; i < evidence->listed_count; i++) {
        if (strcmp(evidence->causes[i].fingerprint, fingerprint) == 0) {
            return &evidence->causes[i];
        }
    }
    return NULL;
}

/* "new", "ongoing since 2026-11-25": what a history knows, where there is one. */
static void say_state(const struct evidence_cause *cause, char text[96])
{
    bool is_dated = cause->since[0] != '\0' && strcmp(cause->state, "new") != 0;
    (void)snprintf(text, 96, "%s%s%s%s", cause->state[0] == '\0' ? "" : ", ", cause->state,
                   is_dated ? " since " : "", is_dated ? cause->since : "");
}

void cause_rules_unknown(const struct policy *policy, const struct evidence *evidence,
                         struct verdict *verdict)
{
    char found[VERDICT_CELL_SIZE_BYTES];
    const struct verdict_asked asked = {"causes", "known ones only", found};
    uint64_t unknown = 0;
    for (size_t i = 0; i < evidence->listed_count; i++) {
        unknown += policy_find_known(policy, evidence->causes[i].fingerprint) == NULL;
    }
    (void)snprintf(found, sizeof(found), "%zu, %" PRIu64 " unknown", evidence->listed_count,
                   unknown);
    for (size_t i = 0; i < evidence->listed_count; i++) {
        const struct evidence_cause *cause = &evidence->causes[i];
        char state[96];
        if (policy_find_known(policy, cause->fingerprint) != NULL) {
            continue;
        }
        say_state(cause, state);
        verdict_fail(verdict, &asked,
                     "cause %s is not in 'known': %s, %" PRIu64 " cases%s: mend it (killpoint why "
                     "%s), or list it",
                     cause->fingerprint, cause->text, cause->case_count, state, cause->token);
    }
    if (evidence->cause_count > evidence->listed_count) {
        unknown++;
        verdict_fail(verdict, &asked,
                     "%" PRIu64 " causes more than a report lists: mend the others first",
                     evidence->cause_count - evidence->listed_count);
    }
    if (unknown == 0) {
        verdict_hold(verdict, &asked);
    }
}

static bool is_called_rare(const struct evidence *evidence, const char *fingerprint)
{
    for (uint32_t i = 0; i < evidence->rare_count; i++) {
        if (strcmp(evidence->rare[i], fingerprint) == 0) {
            return true;
        }
    }
    return false;
}

/* False when the entry itself is wrong by now; true: it may stay. */
static bool judge_entry(const struct policy *policy, const struct policy_known *known,
                        const struct evidence *evidence, time_t now_s, struct verdict *verdict)
{
    char wanted[VERDICT_CELL_SIZE_BYTES];
    char day[16];
    const struct evidence_cause *cause = cause_rules_find(evidence, known->cause);
    const struct verdict_asked asked = {"known", wanted,
                                        cause == NULL ? "did not occur" : "occurs"};
    (void)policy_day(known->expires, day);
    (void)snprintf(wanted, sizeof(wanted), "%s until %s", known->cause, day);
    if (now_s >= known->expires + DAY_S) {
        verdict_fail(verdict, &asked,
                     "known cause %s expired on %s (%s:%zu, owner %s, %s): mend it, or agree on a "
                     "new day with its owner",
                     known->cause, day, policy->path, known->line, known->owner, known->issue);
        return false;
    }
    if (cause == NULL && !known->is_rare) {
        verdict_fail(verdict, &asked, "known cause %s no longer occurs (%s:%zu, %s): %s",
                     known->cause, policy->path, known->line, known->issue,
                     is_called_rare(evidence, known->cause)
                         ? "the history calls it rare, so say 'rare: true'"
                         : "take the entry out, or say 'rare: true' if it comes and goes");
        return false;
    }
    return true;
}

void cause_rules_known(const struct policy *policy, const struct evidence *evidence, time_t now_s,
                       struct verdict *verdict)
{
    char found[VERDICT_CELL_SIZE_BYTES];
    bool is_good = true;
    for (uint32_t i = 0; i < policy->known_count; i++) {
        is_good &= judge_entry(policy, &policy->known[i], evidence, now_s, verdict);
    }
    (void)snprintf(found, sizeof(found), "%" PRIu32 " listed", policy->known_count);
    if (is_good) {
        verdict_hold(verdict, &(const struct verdict_asked){
                                  "known", "none expired, each still occurs", found});
    }
}
