/* Journals of calls of `run` (run_journal.h). */
#include "harness/cli/run/run_journal.h"

#include "harness/archive/run_file.h"
#include "harness/cli/ahead/run_head.h"
#include "harness/cli/run/run_session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE_BYTES (RUN_FILE_PATH_SIZE_BYTES + sizeof(WORK_JOURNAL_FILE_NAME) + 1)

static struct run_head_call call_of(struct run_session *session)
{
    return (struct run_head_call){.campaign = &session->campaign,
                                  .target = &session->target,
                                  .words = session->words,
                                  .word_count = session->word_count,
                                  .shard = &session->shard,
                                  .identity = &session->identity};
}

/* "runs/ID" is ID below "runs"; the session's own copies. */
static int take_path(struct run_session *session, const char *path, struct err *err)
{
    char *copy = strdup(path);
    size_t length = copy == NULL ? 0 : strlen(copy);

    while (length > 1 && copy[length - 1] == '/') {
        copy[--length] = '\0';
    }
    session->again_path = copy;
    char *slash = copy == NULL ? NULL : strrchr(copy, '/');
    session->again_root =
        strndup(slash == NULL ? "." : copy, slash == NULL   ? 1
                                            : slash == copy ? 1
                                                            : (size_t)(slash - copy));
    session->again = slash == NULL ? copy : slash + 1;
    session->runs = session->again_root;
    return copy == NULL || session->again_root == NULL ? err_set(err, -ENOMEM, "out of memory") : 0;
}

/* The shard is the run's own, whatever the environment says now. */
static int take_shard(struct run_session *session, const json_t *head, struct err *err)
{
    struct campaign_shard given = {0};
    int r = session->shard_text == NULL ? 0 : run_shard_find(session->shard_text, &given, err);

    session->shard.index = run_head_shard(head);
    session->shard.count = run_head_shards(head);
    (void)snprintf(session->shard.from, sizeof(session->shard.from), "--resume");
    if (r == 0 && session->shard_text != NULL &&
        (given.index != session->shard.index || given.count != session->shard.count)) {
        r = err_set(err, ERR_USAGE, "the run is not shard %s", session->shard_text);
    }
    return r;
}

static int adopt(struct run_session *session, const json_t *head, struct err *err)
{
    struct run_head_call call = call_of(session);
    const char *besides = run_head_besides(head, &call);
    uint64_t seed = session->campaign.seed;

    if (besides != NULL) {
        return err_set(err, ERR_USAGE,
                       "the run has %s: it goes on with what it began with, name no more", besides);
    }
    int r = run_head_adopt(head, &call, &session->own_words, err);
    session->words = session->own_words;
    session->word_count = call.word_count;
    if (r == 0 && seed != session->seed_default && seed != session->campaign.seed) {
        r = err_set(err, ERR_USAGE, "the run has another seed");
    }
    return r < 0 ? r : take_shard(session, head, err);
}

int run_journal_resume(struct run_session *session, struct err *err)
{
    char path[RUN_FILE_PATH_SIZE_BYTES];
    char journal[PATH_SIZE_BYTES];
    int r = run_file_find(session->runs, session->resume, path, err);

    if (r < 0) {
        return r;
    }
    if (session->no_archive || session->is_last_failed || session->campaign.budget_ms != 0 ||
        session->campaign.dry_run) {
        return err_set(err, ERR_USAGE,
                       "option '--resume' goes on with a run as it was: no --no-archive, "
                       "--last-failed, --budget or --dry-run");
    }
    r = take_path(session, path, err);
    if (r < 0) {
        return r;
    }
    (void)snprintf(journal, sizeof(journal), "%s/" WORK_JOURNAL_FILE_NAME, path);
    if (access(journal, F_OK) != 0) {
        return err_set(err, ERR_USAGE,
                       "'%s' has no journal to go on from: the run came to its end, or was one of "
                       "--budget, --last-failed or --no-archive",
                       path);
    }
    r = work_journal_open(journal, false, &session->before, err);
    if (r < 0) {
        return r;
    }
    if (work_journal_is_ended(session->before)) {
        return err_set(err, ERR_USAGE, "'%s' came to its end: there is nothing to resume", path);
    }
    r = adopt(session, work_journal_head(session->before), err);
    return r < 0 ? err_wrap(err, r, "--resume '%s'", path) : 0;
}

int run_journal_check(struct run_session *session, struct err *err)
{
    char *was = NULL;
    char *now = NULL;
    int r = session->shard.suite[0] != '\0'
                ? 0
                : run_shard_suite(&session->files, session->shard.suite, err);

    if (r < 0 || session->before == NULL) {
        return r;
    }
    struct run_head_call call = call_of(session);
    json_t *head = run_head_make(&call);
    const char *difference =
        run_head_difference(work_journal_head(session->before), head, &was, &now);
    if (head == NULL) {
        r = err_set(err, -ENOMEM, "out of memory");
    } else if (difference != NULL) {
        r = err_set(err, ERR_USAGE, "--resume '%s': the %s is another now: %.80s then, %.80s now",
                    session->again_path, difference, was == NULL ? "null" : was,
                    now == NULL ? "null" : now);
    }
    json_decref(head);
    free(was);
    free(now);
    return r;
}

static int create(struct run_session *session, struct err *err)
{
    struct run_head_call call = call_of(session);
    json_t *head = run_head_make(&call);
    int r = head == NULL
                ? err_set(err, -ENOMEM, "out of memory")
                : work_journal_create(run_dir_fd(session->run_dir), head, &session->journal, err);

    json_decref(head);
    session->campaign.journal = session->journal;
    return r < 0 ? err_wrap(err, r, "'%s'", run_dir_path(session->run_dir)) : 0;
}

/* Opened anew to be written, now that the directory is ours: it is cut behind what counts. */
static int take_up(struct run_session *session, struct err *err)
{
    char path[PATH_SIZE_BYTES];

    (void)snprintf(path, sizeof(path), "%s/" WORK_JOURNAL_FILE_NAME, session->again_path);
    int r = work_journal_open(path, true, &session->journal, err);
    session->campaign.journal = session->journal;
    session->campaign.known = &session->journal;
    session->campaign.known_count = r < 0 ? 0 : 1;
    return r;
}

int run_journal_begin(struct run_session *session, struct err *err)
{
    const struct supervisor_options *campaign = &session->campaign;

    if (session->run_dir == NULL || campaign->is_known_only || campaign->budget_ms != 0 ||
        session->last != NULL) {
        return 0;
    }
    return session->before == NULL ? create(session, err) : take_up(session, err);
}

int run_journal_end(struct run_session *session, const struct campaign_summary *summary,
                    struct err *err)
{
    bool is_whole = !summary->interrupted && !summary->is_broken_off;

    if (session->journal == NULL) {
        return 0;
    }
    int r = work_journal_error(session->journal, err);
    if (is_whole && session->shard.count == 0) {
        (void)unlinkat(run_dir_fd(session->run_dir), WORK_JOURNAL_FILE_NAME, 0);
        return 0;
    }
    return r < 0 ? err_wrap(err, r, "'%s'", run_dir_path(session->run_dir)) : 0;
}

void run_journal_drop(struct run_session *session)
{
    session->journal = work_journal_close(session->journal);
    session->before = work_journal_close(session->before);
    for (uint32_t i = 0; i < session->known_count; i++) {
        (void)work_journal_close(session->known[i]);
    }
    free(session->known);
    for (int i = 0; session->own_words != NULL && i < session->word_count; i++) {
        free(session->own_words[i]);
    }
    free(session->own_words);
    free(session->again_path);
    free(session->again_root);
}
