/* The history around the end of a run (run_history.h). */
#include "harness/cli/run/run_history.h"

#include "harness/history/history_recall.h"
#include "harness/history/history_write.h"
#include "reports/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct run_history {
    struct history_db *db;
    const char *runs;
};

/* The first trouble stays: what follows comes of it. */
static void note(struct campaign_summary *summary, const char *text)
{
    if (summary->history.note[0] == '\0') {
        (void)snprintf(summary->history.note, sizeof(summary->history.note), "%s", text);
    }
}

static void note_trouble(struct campaign_summary *summary, const struct err *err)
{
    char text[CAMPAIGN_HISTORY_NOTE_SIZE_BYTES];

    (void)snprintf(text, sizeof(text), "%.340s; the run itself is complete", err->text);
    note(summary, text);
}

/* As `run --json` would write it now. */
static json_t *make_report(const struct collect *collect, const struct campaign_summary *summary,
                           struct err *err)
{
    char *text = NULL;
    size_t size_bytes = 0;
    json_t *report = NULL;
    FILE *stream = open_memstream(&text, &size_bytes);

    if (stream == NULL) {
        (void)err_set(err, -ENOMEM, "no memory for the history");
        return NULL;
    }
    int r = json_write(stream, collect, summary, err);
    if (fclose(stream) == 0 && r == 0) {
        report = json_loadb(text, size_bytes, 0, NULL);
    }
    free(text);
    if (report == NULL) {
        (void)err_set(err, -ENOMEM, "no memory for the history");
    }
    return report;
}

static int recall(struct run_history *history, const char *run_dir, const struct collect *collect,
                  struct campaign_summary *summary, struct err *err)
{
    const char *slash = strrchr(run_dir, '/');
    uint32_t added = 0;
    int r = history_write_missing(history->db, history->runs, &added, err);

    if (history_db_note(history->db)[0] != '\0') {
        char text[CAMPAIGN_HISTORY_NOTE_SIZE_BYTES];

        (void)snprintf(text, sizeof(text), "%.340s; %" PRIu32 " run%s taken in",
                       history_db_note(history->db), added, added == 1 ? "" : "s");
        note(summary, text);
    }
    if (r < 0) {
        return r;
    }
    json_t *report = make_report(collect, summary, err);
    if (report == NULL) {
        return err->code;
    }
    r = history_recall_summary(history->db, slash == NULL ? run_dir : slash + 1, report, summary,
                               err);
    json_decref(report);
    return r;
}

struct run_history *run_history_recall(const char *runs, const char *run_dir,
                                       const struct collect *collect,
                                       struct campaign_summary *summary)
{
    struct run_history *history = calloc(1, sizeof(*history));
    struct err err = ERR_INIT;

    if (history == NULL) {
        return NULL;
    }
    history->runs = runs;
    if (history_db_open(runs, &history->db, &err) < 0) {
        note_trouble(summary, &err);
        free(history);
        return NULL;
    }
    if (recall(history, run_dir, collect, summary, &err) < 0) {
        note_trouble(summary, &err);
    }
    return history;
}

bool run_history_add(struct run_history *history, struct campaign_summary *summary)
{
    struct err err = ERR_INIT;
    uint32_t added = 0;

    if (history == NULL) {
        return false;
    }
    int r = history_write_missing(history->db, history->runs, &added, &err);
    if (r < 0) {
        note_trouble(summary, &err);
    }
    history->db = history_db_close(history->db);
    free(history);
    return r == 0;
}

int run_history_bench(const char *runs, const struct campaign_identity *identity,
                      const json_t *figures, struct err *err)
{
    struct history_db *db = NULL;
    time_t now = time(NULL);
    char at[32];
    struct tm utc;

    if (access(runs, F_OK) != 0) {
        return 0;
    }
    (void)gmtime_r(&now, &utc);
    (void)strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", &utc);
    int r = history_db_open(runs, &db, err);
    if (r == 0) {
        r = history_write_bench(db, at, identity->revision, identity->system, figures, err);
    }
    db = history_db_close(db);
    return r;
}
