/* What the runs before say: coverage, spells, what is not looked at. */
#include "harness/history/history_recall.h"
#include "harness/history/history_write.h"
#include "harness/testkit/test.h"

#include <stdlib.h>
#include <string.h>

#define CAUSE "0123456789ab"

/* A night in a few words: which scenarios ran, how many cases, where the cause was seen. */
struct night {
    const char *program; /* the hash of the worker */
    int one;             /* cases of scenario `one`; 0: it did not run */
    int two;
    bool is_cut;      /* `one` did not come to its end */
    const char *seen; /* "one", "two"; NULL: the cause was not seen */
};

static json_t *scenario_json(const char *name, int cases, bool is_cut)
{
    return json_pack("{ss ss ss ss sb sb si}", "name", name, "switches", "", "target", "engine",
                     "hash", "aaaaaa", "ended", 1, "cut_short", (int)is_cut, "run", cases);
}

static json_t *report_of(const struct night *night)
{
    json_t *report =
        json_pack("{s{si} s{ss} s[] s[] s[]}", "totals", "causes", night->seen != NULL, "identity",
                  "worker_hash", night->program, "scenarios", "cells", "causes");
    json_t *scenarios = json_object_get(report, "scenarios");

    assert_non_null(report);
    if (night->one > 0) {
        (void)json_array_append_new(scenarios, scenario_json("one", night->one, night->is_cut));
    }
    if (night->two > 0) {
        (void)json_array_append_new(scenarios, scenario_json("two", night->two, false));
    }
    if (night->seen != NULL) {
        json_t *cause = json_pack("{ss ss s[s] s{ss ss} si}", "fingerprint", CAUSE, "text",
                                  "it is broken", "scenarios", night->seen, "simplest", "scenario",
                                  night->seen, "token", "one.aaaaaa@1:x", "scenario_count", 1);
        assert_non_null(cause);
        (void)json_array_append_new(json_object_get(report, "causes"), cause);
    }
    return report;
}

static void id_of(unsigned number, char id[64])
{
    (void)snprintf(id, 64, "2026-11-%02uT020000Z-00000%u", 1 + number, number % 10);
}

static void add_night(struct history_db *db, unsigned number, const struct night *night)
{
    char id[64];
    json_t *report = report_of(night);

    id_of(number, id);
    assert_int_equal(history_db_begin(db, NULL), 0);
    assert_int_equal(history_write_run(db, id, report, NULL, NULL), 0);
    assert_int_equal(history_db_commit(db, NULL), 0);
    json_decref(report);
}

/* The summary of the last of these nights, which is not taken in. */
static struct campaign_summary *recall(const struct night *nights, unsigned count)
{
    struct campaign_summary *summary = calloc(1, sizeof(*summary));
    const struct night *last = &nights[count - 1];
    struct history_db *db = NULL;
    struct err err = ERR_INIT;
    char id[64];

    assert_int_equal(history_db_open_memory(&db, NULL), 0);
    for (unsigned i = 0; i + 1 < count; i++) {
        add_night(db, i, &nights[i]);
    }
    summary->cause_count = last->seen != NULL;
    (void)snprintf(summary->causes[0].fingerprint, sizeof(summary->causes[0].fingerprint), CAUSE);
    json_t *report = report_of(last);
    id_of(count - 1, id);
    if (history_recall_summary(db, id, report, summary, &err) < 0) {
        fail_msg("%s", err.text);
    }
    json_decref(report);
    db = history_db_close(db);
    return summary;
}

static void new_then_ongoing_then_resolved_once(void **state)
{
    static const struct night nights[] = {
        {"a", 10, 10, false, NULL}, {"b", 10, 10, false, "one"}, {"c", 10, 10, false, "one"},
        {"d", 10, 10, false, NULL}, {"e", 10, 10, false, NULL},
    };
    struct campaign_summary *summary;

    (void)state;
    summary = recall(nights, 2);
    assert_true(summary->history.is_known);
    assert_int_equal(summary->history.runs, 1);
    assert_string_equal(summary->history.compared_with, "2026-11-01T020000Z-000000");
    assert_int_equal(summary->causes[0].state, CAMPAIGN_STATE_NEW);
    assert_string_equal(summary->causes[0].since, "2026-11-02T02:00:00Z");
    free(summary);
    summary = recall(nights, 3);
    assert_int_equal(summary->causes[0].state, CAMPAIGN_STATE_ONGOING);
    assert_string_equal(summary->causes[0].since, "2026-11-02T02:00:00Z");
    assert_int_equal(summary->causes[0].seen_runs, 2);
    free(summary);
    summary = recall(nights, 4);
    assert_int_equal(summary->history.past_counts[CAMPAIGN_STATE_RESOLVED], 1);
    assert_string_equal(summary->history.pasts[0].fingerprint, CAUSE);
    assert_string_equal(summary->history.pasts[0].text, "it is broken");
    assert_string_equal(summary->history.pasts[0].token, "one.aaaaaa@1:x");
    assert_string_equal(summary->history.pasts[0].since, "2026-11-02T02:00:00Z");
    assert_string_equal(summary->history.pasts[0].last_seen, "2026-11-03T02:00:00Z");
    free(summary);
    summary = recall(nights, 5); /* it is no news any more */
    assert_int_equal(summary->history.past_count, 0);
    free(summary);
}

/* A run that did not look says nothing. */
static void what_is_not_covered_is_not_resolved(void **state)
{
    static const struct night rows[] = {
        {"b", 0, 10, false, NULL}, /* its scenario did not run, */
        {"b", 10, 10, true, NULL}, /* not to its end, */
        {"b", 4, 10, false, NULL}, /* or with fewer than half of the cases */
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct night nights[] = {
            {"a", 10, 10, false, "one"}, rows[i], {"c", 10, 10, false, "one"}};
        struct campaign_summary *summary = recall(nights, 2);

        assert_int_equal(summary->history.past_counts[CAMPAIGN_STATE_RESOLVED], 0);
        assert_int_equal(summary->history.past_counts[CAMPAIGN_STATE_NONE], 1);
        assert_int_equal(summary->history.pasts[0].state, CAMPAIGN_STATE_NONE);
        free(summary);
        summary = recall(nights, 3); /* and it never was away */
        assert_int_equal(summary->causes[0].state, CAMPAIGN_STATE_ONGOING);
        free(summary);
    }
    const struct night nights[] = {{"a", 10, 10, false, "one"}, {"b", 5, 0, false, NULL}};
    struct campaign_summary *summary = recall(nights, 2);
    assert_int_equal(summary->history.past_counts[CAMPAIGN_STATE_RESOLVED], 1);
    free(summary);
}

static void what_comes_and_goes_is_rare(void **state)
{
    static const struct night same[] = {{"a", 10, 10, false, "one"}, {"a", 10, 10, false, NULL}};
    static const struct night other[] = {
        {"a", 10, 10, false, "one"}, {"b", 10, 10, false, NULL},  {"c", 10, 10, false, "one"},
        {"d", 10, 10, false, NULL},  {"e", 10, 10, false, "one"},
    };
    struct campaign_summary *summary;

    (void)state;
    summary = recall(same, 2);
    assert_int_equal(summary->history.past_counts[CAMPAIGN_STATE_RARE], 1);
    free(summary);
    summary = recall(other, 3);
    assert_int_equal(summary->causes[0].state, CAMPAIGN_STATE_NEW);
    free(summary);
    summary = recall(other, 5);
    assert_int_equal(summary->causes[0].state, CAMPAIGN_STATE_RARE);
    assert_int_equal(summary->causes[0].seen_runs, 3);
    assert_int_equal(summary->causes[0].covered_runs, 5);
    free(summary);
}

/* Longer than the window: since when is still known. */
static void a_long_spell_keeps_its_beginning(void **state)
{
    struct night nights[28];
    struct campaign_summary *summary;

    (void)state;
    for (unsigned i = 0; i < 28; i++) {
        nights[i] = (struct night){"a", 10, 10, false, i < 27 ? "one" : NULL};
    }
    nights[0].seen = NULL;
    nights[27].program = "b";
    summary = recall(nights, 27);
    assert_int_equal(summary->causes[0].state, CAMPAIGN_STATE_ONGOING);
    assert_int_equal(summary->causes[0].seen_runs, 26);
    assert_string_equal(summary->causes[0].since, "2026-11-02T02:00:00Z");
    free(summary);
    summary = recall(nights, 28);
    assert_int_equal(summary->history.past_counts[CAMPAIGN_STATE_RESOLVED], 1);
    assert_string_equal(summary->history.pasts[0].since, "2026-11-02T02:00:00Z");
    assert_string_equal(summary->history.pasts[0].last_seen, "2026-11-27T02:00:00Z");
    free(summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_then_ongoing_then_resolved_once),
        cmocka_unit_test(what_is_not_covered_is_not_resolved),
        cmocka_unit_test(what_comes_and_goes_is_rare),
        cmocka_unit_test(a_long_spell_keeps_its_beginning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
