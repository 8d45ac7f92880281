/* Sequences of covering runs, asked of the tables (history_recall.h). */
#include "harness/history/history_recall.h"

#include "harness/history/history_sql.h"
#include "harness/history/history_write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM_SIZE_BYTES 1024

/* Of cause ?1 as of run ?2: where it was seen last and first, and how many cases the scenarios of
 * the last sighting had then. */
#define NEEDS_SQL                                                                                  \
    "WITH last AS MATERIALIZED (SELECT s.run, s.scenarios FROM sighting s WHERE s.cause = ?1 AND"  \
    " s.run = (SELECT r.key FROM run r WHERE r.id <= ?2 AND EXISTS(SELECT 1 FROM sighting e WHERE" \
    " e.cause = ?1 AND e.run = r.key) ORDER BY r.id DESC LIMIT 1)),"                               \
    " need AS MATERIALIZED (SELECT j.value AS name, (SELECT cases FROM scenario c WHERE"           \
    " c.name = j.value AND c.run = last.run) AS cases FROM last, json_each(last.scenarios) j),"    \
    " first AS MATERIALIZED (SELECT r.id FROM run r WHERE EXISTS(SELECT 1 FROM sighting e WHERE"   \
    " e.cause = ?1 AND e.run = r.key) ORDER BY r.id LIMIT 1)"

#define SEEN_SQL "EXISTS(SELECT 1 FROM sighting s WHERE s.cause = ?1 AND s.run = r.key)"

/* A run that could have seen it. */
#define ABLE_SQL                                                                                   \
    "r.is_judged AND NOT EXISTS(SELECT 1 FROM need LEFT JOIN scenario c ON c.name = need.name AND" \
    " c.run = r.key WHERE c.run IS NULL OR NOT c.is_whole OR 2 * c.cases < need.cases)"

/* The newest runs that cover it, and what ran in each: the engine, and these scenarios. */
static const char sequence_sql[] = NEEDS_SQL
    " SELECT id, began, seen, CASE program WHEN '' THEN '' ELSE program || (SELECT"
    " coalesce(group_concat(c.hash), '') FROM need JOIN scenario c ON c.name = need.name AND"
    " c.run = key) END FROM (SELECT r.id, r.began, r.key, r.program, " SEEN_SQL
    " AS seen FROM run r, first WHERE r.id >= first.id AND r.id <= ?2 AND (" SEEN_SQL
    " OR (" ABLE_SQL ")) ORDER BY r.id DESC LIMIT ?3) ORDER BY id DESC";

/* The first sighting behind the newest run before ?3 that covers it and did not see it, and how
 * many there are up to ?2. */
static const char spell_sql[] = NEEDS_SQL
    ", gap AS MATERIALIZED (SELECT r.id FROM run r, first WHERE r.id >= first.id AND r.id < ?3 AND"
    " NOT " SEEN_SQL " AND " ABLE_SQL " ORDER BY r.id DESC LIMIT 1)"
    " SELECT min(r.began), count(*) FROM sighting s JOIN run r ON r.key = s.run WHERE s.cause = ?1"
    " AND r.id <= ?2 AND r.id > coalesce((SELECT id FROM gap), '')";

/* One more than the window, to know what the state was before. */
#define SEQUENCE_MAX (HISTORY_STATE_WINDOW + 1)

struct sequence {
    uint32_t count;
    struct history_state_run runs[SEQUENCE_MAX]; /* the oldest first */
    char programs[SEQUENCE_MAX][PROGRAM_SIZE_BYTES];
    char began[SEQUENCE_MAX][CAMPAIGN_TIME_SIZE_BYTES];
    char ids[SEQUENCE_MAX][CAMPAIGN_RUN_ID_SIZE_BYTES];
    bool ends_here; /* the last is the run that was asked for */
};

/* Rows come with the newest first: they are filled in from the end. */
static int read_sequence(sqlite3_stmt *statement, const char *fingerprint, const char *id,
                         struct sequence *sequence, struct err *err)
{
    uint32_t at = SEQUENCE_MAX;
    int r = history_sql_bind(statement, err, "tti", fingerprint, id, (int64_t)SEQUENCE_MAX);

    if (r < 0) {
        return r;
    }
    sequence->ends_here = false;
    while (at > 0 && (r = history_sql_step(statement, err)) == 1) {
        at--;
        sequence->ends_here |= strcmp(history_sql_text(statement, 0), id) == 0;
        (void)snprintf(sequence->ids[at], sizeof(sequence->ids[at]), "%s",
                       history_sql_text(statement, 0));
        (void)snprintf(sequence->began[at], sizeof(sequence->began[at]), "%s",
                       history_sql_text(statement, 1));
        (void)snprintf(sequence->programs[at], sizeof(sequence->programs[at]), "%s",
                       history_sql_text(statement, 3));
        sequence->runs[at] = (struct history_state_run){sqlite3_column_int(statement, 2) != 0,
                                                        sequence->programs[at]};
    }
    (void)sqlite3_reset(statement);
    sequence->count = SEQUENCE_MAX - at;
    memmove(sequence->runs, sequence->runs + at, sequence->count * sizeof(sequence->runs[0]));
    memmove(sequence->ids, sequence->ids + at, sequence->count * sizeof(sequence->ids[0]));
    memmove(sequence->began, sequence->began + at, sequence->count * sizeof(sequence->began[0]));
    return r < 0 ? r : 0;
}

static void take_sequence(const struct sequence *sequence, struct history_recall *recall)
{
    uint32_t count = sequence->count;
    struct history_state before = history_state_of(sequence->runs, count > 0 ? count - 1 : 0);
    uint32_t last = count;

    recall->state = history_state_of(sequence->runs, count);
    recall->is_covered = sequence->ends_here;
    recall->is_turned = sequence->ends_here && recall->state.state == CAMPAIGN_STATE_RESOLVED &&
                        before.state != CAMPAIGN_STATE_RESOLVED;
    while (last > 0 && !sequence->runs[last - 1].is_seen) {
        last--;
    }
    if (last > 0) {
        (void)snprintf(recall->since, sizeof(recall->since), "%s",
                       sequence->began[recall->state.since]);
        (void)snprintf(recall->last_seen, sizeof(recall->last_seen), "%s",
                       sequence->began[last - 1]);
    }
}

/* A spell that fills the window began before it. */
static int complete_spell(sqlite3 *handle, const char *fingerprint, const char *id,
                          const struct sequence *sequence, struct history_recall *recall,
                          struct err *err)
{
    sqlite3_stmt *statement = NULL;
    uint32_t since = recall->state.since;

    if (sequence->count < SEQUENCE_MAX || since > 1 || recall->state.state == CAMPAIGN_STATE_RARE) {
        return 0;
    }
    int r = history_sql_prepare(handle, spell_sql, &statement, err);
    if (r < 0) {
        return r;
    }
    r = history_sql_bind(statement, err, "ttt", fingerprint, id, sequence->ids[since]);
    if (r == 0) {
        r = history_sql_step(statement, err);
    }
    if (r == 1) {
        uint32_t before = recall->state.covered - recall->state.seen;

        (void)snprintf(recall->since, sizeof(recall->since), "%s", history_sql_text(statement, 0));
        recall->state.seen = (uint32_t)sqlite3_column_int(statement, 1);
        recall->state.covered = recall->state.seen + before;
    }
    (void)sqlite3_finalize(statement);
    return r < 0 ? r : 0;
}

/* What is asked of many causes one after the other. */
struct asking {
    sqlite3 *handle;
    sqlite3_stmt *statement;
    struct sequence *sequence;
    const char *id;
};

static void asking_done(struct asking *asking)
{
    (void)sqlite3_finalize(asking->statement);
    free(asking->sequence);
}

static int asking_begin(struct asking *asking, struct history_db *db, const char *id,
                        struct err *err)
{
    *asking = (struct asking){.handle = history_db_handle(db), .id = id};
    asking->sequence = calloc(1, sizeof(*asking->sequence));
    if (asking->sequence == NULL) {
        return err_set(err, -ENOMEM, "no memory for the history of a cause");
    }
    int r = history_sql_prepare(asking->handle, sequence_sql, &asking->statement, err);
    if (r < 0) {
        asking_done(asking);
    }
    return r;
}

static int ask(const struct asking *asking, const char *fingerprint,
               struct history_recall *ret_recall, struct err *err)
{
    int r = read_sequence(asking->statement, fingerprint, asking->id, asking->sequence, err);

    *ret_recall = (struct history_recall){.is_covered = false};
    if (r < 0) {
        return r;
    }
    take_sequence(asking->sequence, ret_recall);
    return complete_spell(asking->handle, fingerprint, asking->id, asking->sequence, ret_recall,
                          err);
}

int history_recall_cause(struct history_db *db, const char *fingerprint, const char *id,
                         struct history_recall *ret_recall, struct err *err)
{
    struct asking asking;
    int r = asking_begin(&asking, db, id, err);

    if (r < 0) {
        return r;
    }
    r = ask(&asking, fingerprint, ret_recall, err);
    asking_done(&asking);
    return r;
}

static int recall_seen(const struct asking *asking, struct campaign_summary *summary,
                       struct err *err)
{
    struct history_recall recall;
    int r = 0;

    for (uint32_t i = 0; r == 0 && i < summary->cause_count; i++) {
        struct campaign_cause *cause = &summary->causes[i];

        r = ask(asking, cause->fingerprint, &recall, err);
        cause->state = recall.state.state;
        cause->seen_runs = recall.state.seen;
        cause->covered_runs = recall.state.covered;
        (void)snprintf(cause->since, sizeof(cause->since), "%s", recall.since);
    }
    return r;
}

/* The words, and the token of its last sighting. */
static void add_past(struct campaign_history *history, sqlite3_stmt *row,
                     const struct history_recall *recall)
{
    enum campaign_state state = recall->is_covered ? recall->state.state : CAMPAIGN_STATE_NONE;
    struct campaign_past *past = &history->pasts[history->past_count];

    history->past_counts[state]++;
    if (history->past_count == CAMPAIGN_PASTS_MAX) {
        return;
    }
    history->past_count++;
    past->state = state;
    (void)snprintf(past->fingerprint, sizeof(past->fingerprint), "%s", history_sql_text(row, 0));
    (void)snprintf(past->text, sizeof(past->text), "%s", history_sql_text(row, 1));
    (void)snprintf(past->token, sizeof(past->token), "%s", history_sql_text(row, 2));
    (void)snprintf(past->since, sizeof(past->since), "%s", recall->since);
    (void)snprintf(past->last_seen, sizeof(past->last_seen), "%s", recall->last_seen);
}

/* A cause that was mended before is no news. */
static bool is_told(const struct history_recall *recall)
{
    return recall->state.state != CAMPAIGN_STATE_RESOLVED || recall->is_turned;
}

static int recall_unseen(const struct asking *asking, struct campaign_history *history,
                         struct err *err)
{
    static const char sql[] =
        "SELECT c.fingerprint, c.text, (SELECT s.token FROM sighting s JOIN run r ON r.key = s.run"
        " WHERE s.cause = c.fingerprint AND r.id < ?1 ORDER BY r.id DESC LIMIT 1) AS token"
        " FROM cause c WHERE token IS NOT NULL AND NOT EXISTS(SELECT 1 FROM sighting s JOIN run r"
        " ON r.key = s.run WHERE s.cause = c.fingerprint AND r.id = ?1) ORDER BY c.fingerprint";
    sqlite3_stmt *statement = NULL;
    struct history_recall recall;
    int r = history_sql_prepare(asking->handle, sql, &statement, err);

    if (r < 0) {
        return r;
    }
    r = history_sql_bind(statement, err, "t", asking->id);
    while (r == 0 && (r = history_sql_step(statement, err)) == 1) {
        r = ask(asking, history_sql_text(statement, 0), &recall, err);
        if (r == 0 && is_told(&recall)) {
            add_past(history, statement, &recall);
        }
    }
    (void)sqlite3_finalize(statement);
    return r;
}

static int recall_runs(sqlite3 *handle, const char *id, struct campaign_history *history,
                       struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int r = history_sql_prepare(handle, "SELECT count(*), max(id) FROM run WHERE id < ?",
                                &statement, err);

    if (r < 0) {
        return r;
    }
    r = history_sql_bind(statement, err, "t", id);
    if (r == 0) {
        r = history_sql_step(statement, err);
    }
    if (r == 1) {
        history->runs = (uint64_t)sqlite3_column_int64(statement, 0);
        (void)snprintf(history->compared_with, sizeof(history->compared_with), "%s",
                       history_sql_text(statement, 1));
    }
    (void)sqlite3_finalize(statement);
    return r < 0 ? r : 0;
}

static void forget(struct campaign_summary *summary)
{
    for (uint32_t i = 0; i < summary->cause_count; i++) {
        summary->causes[i].state = CAMPAIGN_STATE_NONE;
    }
    summary->history.is_known = false;
    summary->history.past_count = 0;
}

static int recall_all(const struct asking *asking, struct campaign_summary *summary,
                      struct err *err)
{
    int r = recall_seen(asking, summary, err);

    if (r < 0) {
        return r;
    }
    r = recall_unseen(asking, &summary->history, err);
    return r < 0 ? r : recall_runs(asking->handle, asking->id, &summary->history, err);
}

/* As if it had been taken in; nothing of that stays. */
int history_recall_summary(struct history_db *db, const char *id, const json_t *report,
                           struct campaign_summary *summary, struct err *err)
{
    struct asking asking;
    int r = history_db_begin(db, err);

    if (r < 0) {
        return r;
    }
    r = history_write_run(db, id, report, NULL, err);
    if (r < 0) {
        goto out;
    }
    r = asking_begin(&asking, db, id, err);
    if (r < 0) {
        goto out;
    }
    r = recall_all(&asking, summary, err);
    asking_done(&asking);
    summary->history.is_known = r == 0;
    if (r < 0) {
        forget(summary);
    }
out:
    history_db_rollback(db);
    return r;
}
