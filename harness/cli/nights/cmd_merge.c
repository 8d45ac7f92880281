/* killpoint merge: the shards of a suite, made the run that they are parts of.
 *
 * The campaign is run again by the very functions that run one, but every answer comes from the
 * journals of the shards: what they did not ask, nobody needs; what is missing, is told. */
#include "harness/cli/ahead/run_head.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/interrupt.h"
#include "harness/cli/nights/nights.h"
#include "harness/cli/nights/shard_runs.h"
#include "harness/cli/options.h"
#include "harness/cli/run/run_check.h"
#include "harness/cli/run/run_session.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static const struct options_row rows[] = {
    RUN_SESSION_REPORT_ROWS,
    {0, "runs", "DIR", "where run directories are (default $KILLPOINT_RUNS, runs)",
     OPTIONS_TEXT(struct run_session, runs)},
    {0, "no-archive", NULL, "leave no run directory behind",
     OPTIONS_FLAG(struct run_session, no_archive)},
    {0, "no-bodies", NULL,
     "a filler in place of bodies, keys and users' properties in the capsules that are kept",
     OPTIONS_FLAG(struct run_session, no_bodies)},
    {0, "results", "N", "at most N lines in results.jsonl (default 1000000)",
     OPTIONS_COUNT(struct run_session, results_max, 1, UINT64_MAX)},
    {0, "color", "WHEN", "auto, always or never; NO_COLOR is honoured by auto",
     OPTIONS_TAKEN(struct run_session, colour, paint_when_take)},
    {'v', "verbose", NULL, "a line per scenario, a table of points and one of explorations",
     OPTIONS_FLAG(struct run_session, is_verbose)},
};

static const char *const examples[] = {
    "merge runs/*-shard*/20*                  what four jobs have left in four directories",
    "merge 3f9a1c 77d0e2 --json out.json      by the digits at their ends",
    NULL,
};

static const struct options_note notes[] = {
    {NULL, "Defects caught, controls, coverage, causes and the exit status are those of the whole; "
           "it is the report of one run without --shard. Shards of another revision, suite, "
           "weights, seed or number are refused, and so is one that is there twice, or not at "
           "all, or did not come to its end."},
    {NULL, NULL},
};

static const struct options_command command = {
    .name = "merge",
    .operands = "RUN...",
    .summary = "Makes one run of all shards of a suite (run --shard I/N), and judges it as one.\n"
               "RUN: a run directory, or as much of its name as no other has.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
    .notes = notes,
};

/* Options, scenarios and shards, from the head that all have. */
static int adopt(struct run_session *session, const struct shard_runs *runs, struct err *err)
{
    const json_t *head = shard_runs_head(runs);
    struct run_head_call call = {.campaign = &session->campaign, .target = &session->target};
    int r = run_head_adopt(head, &call, &session->own_words, err);

    session->words = session->own_words;
    session->word_count = call.word_count;
    if (r < 0) {
        return err_wrap(err, r, "'%s'", runs->runs[0].path);
    }
    session->shard.count = run_head_shards(head);
    session->campaign.shard_words = &session->shard;
    session->campaign.is_known_only = true;
    session->campaign.whole_suite = session->word_count == 0;
    r = scenario_files_load(&session->files, session->words, session->word_count, err);
    return r < 0 ? r
                 : run_check_scenarios(&session->files, session->target, &session->campaign, err);
}

/* This program enumerates the cases that the shards ran: it must be of their revision. */
static int check_build(struct run_session *session, const struct shard_runs *runs, struct err *err)
{
    const char *weights = json_string_value(json_object_get(shard_runs_head(runs), "weights"));
    struct run_head_call call = {.campaign = &session->campaign,
                                 .target = &session->target,
                                 .words = session->words,
                                 .word_count = session->word_count,
                                 .shard = &session->shard,
                                 .identity = &session->identity};
    char *theirs = NULL;
    char *ours = NULL;
    int r = run_shard_suite(&session->files, session->shard.suite, err);

    if (r < 0) {
        return r;
    }
    (void)snprintf(session->shard.weights, sizeof(session->shard.weights), "%s",
                   weights == NULL ? "" : weights);
    json_t *head = run_head_make(&call);
    const char *difference = run_head_difference(shard_runs_head(runs), head, &theirs, &ours);
    if (difference != NULL) {
        r = err_set(err, ERR_USAGE,
                    "the shards are not of this tree: their %s is %.80s, and here %.80s",
                    difference, theirs == NULL ? "null" : theirs, ours == NULL ? "null" : ours);
    }
    json_decref(head);
    free(theirs);
    free(ours);
    return r;
}

/* Where they ran, if it was one kind of machine. */
static void take_host(struct campaign_identity *identity, const struct shard_runs *runs)
{
    const json_t *host = json_object_get(shard_runs_head(runs), "host");
    const char *system = json_string_value(json_object_get(host, "system"));

    for (uint32_t i = 1; i < runs->count; i++) {
        const json_t *other = json_object_get(work_journal_head(runs->runs[i].journal), "host");

        if (!json_equal(host, other)) {
            host = NULL;
        }
    }
    (void)snprintf(identity->system, sizeof(identity->system), "%s",
                   host == NULL || system == NULL ? "" : system);
    identity->cores = (uint32_t)json_integer_value(json_object_get(host, "cores"));
    identity->memory_bytes = (uint64_t)json_integer_value(json_object_get(host, "memory_bytes"));
}

static int take_journals(struct run_session *session, struct shard_runs *runs, struct err *err)
{
    session->known = calloc(runs->count, sizeof(void *));
    if (session->known == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    for (uint32_t i = 0; i < runs->count; i++) {
        session->known[i] = runs->runs[i].journal;
        runs->runs[i].journal = NULL;
    }
    session->known_count = runs->count;
    session->campaign.known = session->known;
    session->campaign.known_count = runs->count;
    return 0;
}

static int copy_file(const char *from, const char *to, struct err *err)
{
    char buffer[65536];
    size_t got = 0;
    struct whole_file file;
    FILE *source = fopen(from, "re");
    if (source == NULL) {
        return err_set(err, -errno, "read '%s': %s", from, strerrordesc_np(errno));
    }
    int r = whole_file_begin(&file, AT_FDCWD, to, err);
    if (r < 0) {
        (void)fclose(source);
        return r;
    }
    while ((got = fread(buffer, 1, sizeof(buffer), source)) > 0) {
        /* An error here is found again by finish. */
        (void)fwrite(buffer, 1, got, file.stream);
    }
    (void)fclose(source);
    return whole_file_finish(&file, err);
}

/* The traces of threads runs that failed, which nobody can record again. */
static int copy_traces(const struct run_session *session, const char *path, struct err *err)
{
    char from[RUN_FILE_PATH_SIZE_BYTES + 300];
    char to[RUN_FILE_PATH_SIZE_BYTES + 300];
    const struct dirent *entry = NULL;
    DIR *dir = session->run_dir == NULL ? NULL : opendir(path);
    int r = 0;

    while (dir != NULL && r == 0 && (entry = readdir(dir)) != NULL) {
        const char *ending = strrchr(entry->d_name, '.');

        if (ending != NULL && strcmp(ending, ".trace") == 0) {
            (void)snprintf(from, sizeof(from), "%s/%s", path, entry->d_name);
            (void)snprintf(to, sizeof(to), "%s/%s", run_dir_path(session->run_dir), entry->d_name);
            r = copy_file(from, to, err);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return r;
}

static int prepare(struct run_session *session, struct shard_runs *runs, struct err *err)
{
    int r = adopt(session, runs, err);

    if (r < 0) {
        return r;
    }
    r = run_session_place(session, err);
    if (r < 0) {
        return r;
    }
    r = check_build(session, runs, err);
    if (r < 0) {
        return r;
    }
    take_host(&session->identity, runs);
    r = take_journals(session, runs, err);
    if (r < 0) {
        return r;
    }
    r = run_session_open(session, err);
    for (uint32_t i = 0; r == 0 && i < runs->count; i++) {
        r = copy_traces(session, runs->runs[i].path, err);
    }
    return r;
}

static int run(struct run_session *session, struct shard_runs *runs, char *const *words,
               int word_count, int *ret_code, struct err *err)
{
    int r = shard_runs_open(runs, session->runs, words, word_count, err);

    if (r < 0) {
        return r;
    }
    r = prepare(session, runs, err);
    if (r < 0) {
        return r;
    }
    *ret_code = run_session_run(session);
    return 0;
}

int cmd_merge(int argc, char **argv)
{
    struct run_session *session = run_session_new(argc, argv);
    struct shard_runs runs = {NULL, 0};
    struct err err = ERR_INIT;
    struct options_words words = {argc, argv, argc};
    int code = EXIT_CODE_OK;
    int r;

    if (session == NULL) {
        return EXIT_CODE_BROKEN;
    }
    interrupt_install();
    session->is_quiet = true;
    r = options_parse(&command, &words, session, &err);
    if (r == 0) {
        r = run(session, &runs, argv + words.operand, argc - words.operand, &code, &err);
    }
    code = exit_code_end(r, code, &err);
    /* The heads that the session's options point into go last. */
    (void)run_session_free(session);
    shard_runs_close(&runs);
    return code;
}
