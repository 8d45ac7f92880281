/* From a run to a policy. */
#include "harness/gate/baseline.h"

#include "harness/gate/origin_rules.h"
#include "harness/gate/policy.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define NAMES_WIDTH 100
#define SHORT_HASH  12

/* Two digits and zeros: a policy is read by people. */
static uint64_t round_to(uint64_t count, bool is_up)
{
    uint64_t unit = 1;
    while (count / unit >= 100) {
        unit *= 10;
    }
    return (count / unit + (is_up && count % unit != 0)) * unit;
}

static uint64_t least_of(uint64_t count)
{
    return round_to(count - count / 10, false);
}

static uint64_t most_of(uint64_t count)
{
    return round_to(count + (count + 9) / 10, true);
}

/* In whole percent, down; all is all. */
static uint64_t percent(uint64_t part, uint64_t all)
{
    return all == 0 ? 0 : part * 100 / all;
}

/* In the order of the run; a name of a second pass stands there already. */
static void put_names(FILE *stream, const struct evidence *evidence)
{
    size_t column = NAMES_WIDTH;
    bool is_first = true;
    (void)fputs("  must_run: [", stream);
    for (size_t i = 0; i < evidence->scenario_count; i++) {
        const char *name = evidence->scenarios[i].name;
        size_t before = 0;
        while (before < i && strcmp(evidence->scenarios[before].name, name) != 0) {
            before++;
        }
        if (before < i || !evidence->scenarios[i].has_ended || evidence->scenarios[i].run == 0) {
            continue;
        }
        bool is_wrapped = column + strlen(name) + 2 > NAMES_WIDTH;
        (void)fprintf(stream, "%s%s%s", is_first ? "" : ",", is_wrapped ? "\n    " : " ", name);
        column = (is_wrapped ? 4 : column + 1) + strlen(name) + 1;
        is_first = false;
    }
    (void)fputs(" ]\n", stream);
}

static size_t count_run(const struct evidence *evidence)
{
    size_t count = 0;
    for (size_t i = 0; i < evidence->scenario_count; i++) {
        size_t before = 0;
        while (strcmp(evidence->scenarios[before].name, evidence->scenarios[i].name) != 0) {
            before++;
        }
        count += before == i && evidence->scenarios[i].has_ended && evidence->scenarios[i].run > 0;
    }
    return count;
}

/* Of a reason with several units the largest: a limit is for each.  What nobody could count is
 * allowed by any limit but none. */
static void put_left_out(FILE *stream, const struct evidence *evidence)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < evidence->left_out_count; i++) {
        sum += evidence->left_out[i].count;
    }
    (void)fprintf(stream, "left_out:\n  most: %" PRIu64 "\n  allow:%s\n", most_of(sum),
                  evidence->left_out_count == 0 ? " []" : "");
    for (size_t i = 0; i < evidence->left_out_count; i++) {
        const struct evidence_left_out *entry = &evidence->left_out[i];
        uint64_t most = entry->count;
        bool is_told = false;
        for (size_t k = 0; k < evidence->left_out_count; k++) {
            const struct evidence_left_out *other = &evidence->left_out[k];
            if (strcmp(other->reason, entry->reason) == 0) {
                most = other->count > most ? other->count : most;
                is_told |= k < i;
            }
        }
        if (!is_told) {
            (void)fprintf(stream, "    - { reason: %s, most: %" PRIu64 " } # %s\n", entry->reason,
                          most == 0 ? 1 : most_of(most), entry->text);
        }
    }
}

/* A quoted scalar: the name of a function is somebody else's. */
static void put_quoted(FILE *stream, const char *text)
{
    (void)fputc('\'', stream);
    for (const char *at = text; *at != '\0'; at++) {
        (void)fputs(*at == '\'' ? "'" : "", stream);
        (void)fputc((unsigned char)*at < ' ' ? ' ' : *at, stream);
    }
    (void)fputc('\'', stream);
}

static void put_known(FILE *stream, const struct evidence *evidence)
{
    (void)fprintf(stream, "known:%s\n", evidence->listed_count == 0 ? " []" : "");
    for (size_t i = 0; i < evidence->listed_count; i++) {
        (void)fprintf(stream, "  - cause: '%s'\n    what: ", evidence->causes[i].fingerprint);
        put_quoted(stream, evidence->causes[i].text);
        (void)fputs("\n    issue: " POLICY_PLACEHOLDER "   # a link to where it is being mended"
                    "\n    owner: " POLICY_PLACEHOLDER "   # who mends it"
                    "\n    expires: " POLICY_PLACEHOLDER " # the last day, as in 2027-01-31\n",
                    stream);
    }
}

int baseline_write(FILE *stream, const struct evidence *evidence, struct err *err)
{
    char why[256];
    const struct evidence_coverage *coverage = &evidence->coverage;
    if (evidence->is_interrupted || evidence->is_broken) {
        return err_set(err, ERR_USAGE, "the run did not come to its end: no policy goes by it");
    }
    if (origin_rules_refuse(evidence, why, sizeof(why))) {
        return err_set(err, ERR_USAGE, "no policy goes by this run: %s", why);
    }
    (void)fprintf(
        stream,
        "# Written by killpoint baseline from run %s, commit %.*s%s.\n"
        "# Counts have a tenth of room; killpoint list policy-keys says what each means.\n"
        "name: release\nrun:\n  revision: clean\n  audit: %s\n"
        "scenarios:\n  whole_suite: %s\n",
        evidence->id[0] == '\0' ? evidence->path : evidence->id, SHORT_HASH,
        evidence->revision[0] == '\0' ? "unknown" : evidence->revision,
        evidence->is_dirty ? " with changes" : "", evidence->is_audited ? "true" : "false",
        evidence->is_whole_suite ? "true" : "false");
    put_names(stream, evidence);
    (void)fprintf(
        stream,
        "least: { scenarios: %zu, cases: %" PRIu64 ", images: %" PRIu64 " }\n"
        "coverage: { points: %" PRIu64 "%%, writes: %" PRIu64 "%%, reads: %" PRIu64 "%% }\n",
        count_run(evidence), least_of(evidence->passed + evidence->failed),
        least_of(evidence->images), percent(coverage->reached, coverage->point_count),
        percent(coverage->killed, coverage->writes), percent(coverage->failed, coverage->reads));
    put_left_out(stream, evidence);
    put_known(stream, evidence);
    return ferror(stream) ? err_set(err, -EIO, "write the policy") : 0;
}
