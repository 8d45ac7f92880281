/* Causes by a history of two runs; the rest name by name (history_diff.h). */
#include "harness/history/history_diff.h"

#include "harness/history/history_recall.h"
#include "harness/history/history_write.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Names that sort as they come. */
#define BEFORE "1"
#define AFTER  "2"

/* What no noise explains: half as long again, and by a second. */
#define SLOWER_RATIO 1.5
#define SLOWER_US    1000000

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

static const json_t *find(const json_t *list, const char *key, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);

        if (strcmp(text_of(row, key), text) == 0) {
            return row;
        }
    }
    return NULL;
}

static void add(json_t *diff, const char *list, json_t *value)
{
    (void)json_array_append_new(json_object_get(diff, list), value);
}

/* The words of a cause, and where it was seen. */
static json_t *cause_object(const json_t *cause)
{
    const json_t *simplest = json_object_get(cause, "simplest");

    return json_pack("{ss ss ss sI sI}", "fingerprint", text_of(cause, "fingerprint"), "text",
                     text_of(cause, "text"), "token", text_of(simplest, "token"), "cases",
                     json_integer_value(json_object_get(cause, "cases")), "scenario_count",
                     json_integer_value(json_object_get(cause, "scenario_count")));
}

static int add_cause(struct history_db *db, const json_t *cause, bool is_seen, json_t *diff,
                     struct err *err)
{
    struct history_recall recall;
    int r = history_recall_cause(db, text_of(cause, "fingerprint"), AFTER, &recall, err);

    if (r < 0) {
        return r;
    }
    if (!is_seen && !recall.is_covered) {
        add(diff, "not_covered", cause_object(cause));
    } else {
        add(diff, campaign_state_name(recall.state.state), cause_object(cause));
    }
    return 0;
}

static int diff_causes(struct history_db *db, const json_t *before, const json_t *after,
                       json_t *diff, struct err *err)
{
    const json_t *olds = json_object_get(before, "causes");
    const json_t *news = json_object_get(after, "causes");
    int r = 0;

    for (size_t i = 0; r == 0 && i < json_array_size(news); i++) {
        r = add_cause(db, json_array_get(news, i), true, diff, err);
    }
    for (size_t i = 0; r == 0 && i < json_array_size(olds); i++) {
        const json_t *cause = json_array_get(olds, i);

        if (find(news, "fingerprint", text_of(cause, "fingerprint")) == NULL) {
            r = add_cause(db, cause, false, diff, err);
        }
    }
    return r;
}

static int take(struct history_db *db, const char *id, const json_t *report, struct err *err)
{
    int r = history_db_begin(db, err);

    if (r < 0) {
        return r;
    }
    r = history_write_run(db, id, report, NULL, err);
    if (r < 0) {
        history_db_rollback(db);
        return r;
    }
    return history_db_commit(db, err);
}

static void diff_times(const json_t *old, const json_t *new, json_t *diff)
{
    json_int_t before = json_integer_value(json_object_get(old, "duration_us"));
    json_int_t after = json_integer_value(json_object_get(new, "duration_us"));

    if ((double)after > SLOWER_RATIO * (double)before && after - before > SLOWER_US) {
        add(diff, "slower",
            json_pack("{ss sI sI}", "name", text_of(new, "name"), "before_us", before, "after_us",
                      after));
    }
}

static void diff_scenarios(const json_t *before, const json_t *after, json_t *diff)
{
    const json_t *olds = json_object_get(before, "scenarios");
    const json_t *news = json_object_get(after, "scenarios");

    for (size_t i = 0; i < json_array_size(news); i++) {
        const json_t *new = json_array_get(news, i);
        const json_t *old = find(olds, "name", text_of(new, "name"));
        bool is_ok = json_is_true(json_object_get(new, "as_expected"));

        if (old == NULL) {
            add(diff, "scenarios_added", json_string(text_of(new, "name")));
            continue;
        }
        if (json_is_true(json_object_get(old, "as_expected")) != is_ok) {
            add(diff, is_ok ? "scenarios_mended" : "scenarios_failing",
                json_string(text_of(new, "name")));
        }
        diff_times(old, new, diff);
    }
    for (size_t i = 0; i < json_array_size(olds); i++) {
        const char *name = text_of(json_array_get(olds, i), "name");

        if (find(news, "name", name) == NULL) {
            add(diff, "scenarios_gone", json_string(name));
        }
    }
}

static bool is_reached(const json_t *row)
{
    return json_integer_value(json_object_get(row, "hits")) > 0 ||
           json_integer_value(json_object_get(row, "reached")) > 0;
}

static void diff_points(const json_t *before, const json_t *after, json_t *diff)
{
    const json_t *news = json_object_get(after, "coverage");
    json_t *olds = json_object_get(before, "coverage");
    const char *point;
    json_t *old;

    json_object_foreach(olds, point, old)
    {
        if (is_reached(old) && !is_reached(json_object_get(news, point))) {
            add(diff, "points_unreached", json_string(point));
        }
    }
}

static int fill(struct history_db *db, const json_t *before, const json_t *after, json_t *diff,
                struct err *err)
{
    int r = take(db, BEFORE, before, err);

    if (r < 0) {
        return r;
    }
    r = take(db, AFTER, after, err);
    if (r < 0) {
        return r;
    }
    diff_scenarios(before, after, diff);
    diff_points(before, after, diff);
    return diff_causes(db, before, after, diff, err);
}

int history_diff(const json_t *before, const json_t *after, json_t **ret_diff, struct err *err)
{
    struct history_db *db = NULL;
    json_t *diff = json_pack("{s[] s[] s[] s[] s[] s[] s[] s[] s[] s[] s[]}", "new", "ongoing",
                             "resolved", "rare", "not_covered", "scenarios_added", "scenarios_gone",
                             "scenarios_failing", "scenarios_mended", "points_unreached", "slower");
    int r = diff == NULL ? err_set(err, -ENOMEM, "no memory for a diff")
                         : history_db_open_memory(&db, err);

    if (r == 0) {
        r = fill(db, before, after, diff, err);
    }
    db = history_db_close(db);
    if (r < 0) {
        json_decref(diff);
        return r;
    }
    *ret_diff = diff;
    return 0;
}
