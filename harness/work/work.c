/* Answers from journals and from workers. */
#include "harness/work/work.h"

#include "harness/base/file_hash.h"
#include "harness/base/monotonic.h"
#include "harness/work/result_json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Answers that are known and not taken yet. */
#define KNOWN_MAX 64u
/* Cases with workers: no pool has more. */
#define ASKED_MAX 512u
/* A killed run has these many cases to run again, at most. */
#define FLUSH_EVERY 64u

struct known {
    struct wire_case asked;
    char *plan_text;
    json_t *line;
};

struct asked {
    uint64_t id;
    uint64_t key;
    bool with_hits;
};

struct work {
    struct work_options options;
    struct pool *pool;
    struct wire_scenario scenario;
    char *text;
    uint64_t load_key;
    bool is_loaded; /* the workers have the scenario */
    struct known known[KNOWN_MAX];
    uint32_t known_first;
    uint32_t known_count;
    struct asked asked[ASKED_MAX];
    uint32_t asked_count;
    uint32_t unflushed;
    int64_t start_us; /* of the monotonic clock, when the run's was 0 */
    char missing[PLAN_TEXT_SIZE_BYTES];
};

int work_open(const struct work_options *options, struct work **ret_work, struct err *err)
{
    struct work *work = calloc(1, sizeof(*work));
    if (work == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    work->options = *options;
    work->start_us = monotonic_us();
    int r = options->is_known_only
                ? 0
                : pool_open(options->worker_path, options->jobs, &work->pool, err);
    if (r < 0) {
        free(work);
        return r;
    }
    *ret_work = work;
    return 0;
}

static struct known *first_known(struct work *work)
{
    return &work->known[work->known_first];
}

static void drop_known(struct work *work)
{
    struct known *known = first_known(work);
    free(known->plan_text);
    json_decref(known->line);
    memset(known, 0, sizeof(*known));
    work->known_first = (work->known_first + 1) % KNOWN_MAX;
    work->known_count--;
}

struct work *work_close(struct work *work)
{
    if (work == NULL) {
        return NULL;
    }
    while (work->known_count > 0) {
        drop_known(work);
    }
    (void)pool_close(work->pool);
    free(work->text);
    free(work);
    return NULL;
}

/* Keys */

/* The text and what is done to it; not where its stores lie, nor how long is waited for them. */
static uint64_t key_of_scenario(const struct wire_scenario *scenario, const char *text)
{
    uint64_t key = file_hash_next(scenario->seed, text);
    key = file_hash_next(key, scenario->target);
    for (uint32_t i = 0; i < scenario->switch_count; i++) {
        key = file_hash_next(key, scenario->switches[i]);
    }
    return key;
}

/* All that an answer depends on: not the number of the case, which is another when others come
 * before it. */
static uint64_t key_of_case(const struct work *work, const struct wire_case *asked,
                            const char *plan_text)
{
    const struct explore_job *job = &asked->job;
    char text[512];
    (void)snprintf(text, sizeof(text), "%d %d%d%d%d%d", (int)asked->role, asked->want_hits,
                   asked->want_trace, asked->want_hashes, asked->audited, asked->is_explored);
    uint64_t key = file_hash_next(file_hash_next(work->load_key, plan_text), text);
    if (!asked->is_explored) {
        return key;
    }
    (void)snprintf(text, sizeof(text),
                   "%d %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32
                   " %" PRIx64 " %" PRIu32 " %" PRIu64 " %d%d%d%d%d",
                   (int)job->kind, job->models, job->from, job->upto, job->bound, job->random,
                   job->nested, job->interleaving, job->preemptions, job->failed_max, job->is_first,
                   job->in_full, job->want_hash, job->break_image, job->break_memo);
    return file_hash_next(key, text);
}

/* The run's clock stands where it stood when this line was written. */
static void set_clock(struct work *work, const json_t *line)
{
    work->start_us = monotonic_us() - json_integer_value(json_object_get(line, "t"));
}

uint64_t work_clock_us(const struct work *work)
{
    return (uint64_t)(monotonic_us() - work->start_us);
}

/* The line of the first journal that knows it; NULL: none does. */
static json_t *find_line(const struct work *work, uint64_t key)
{
    json_t *line = NULL;
    for (uint32_t i = 0; i < work->options.known_count && line == NULL; i++) {
        /* A damaged line is none: the next has it, or it is run again. */
        (void)work_journal_take(work->options.known[i], key, &line);
    }
    return line;
}

/* Scenarios */

static void put_load(struct work *work, bool is_woven, int code, const char *why,
                     const struct campaign_stores *stores)
{
    if (work->options.journal == NULL) {
        return;
    }
    json_t *line =
        json_pack("{sssIsisssssbss}", "load", is_woven ? "threads" : "steady", "t",
                  (json_int_t)work_clock_us(work), "code", code, "why", why, "place", stores->place,
                  "fallback", (int)stores->is_fallback, "file_system", stores->file_system);
    (void)work_journal_put(work->options.journal, work->load_key, line);
    (void)work_journal_flush(work->options.journal);
}

static int load_workers(struct work *work, struct campaign_stores *ret_stores, struct err *err)
{
    int r = pool_load(work->pool, &work->scenario, work->text, ret_stores, err);
    work->is_loaded = r == 0;
    return r;
}

/* What the workers said of it then. */
static int read_load(const json_t *line, struct campaign_stores *ret_stores, struct err *err)
{
    const char *place = json_string_value(json_object_get(line, "place"));
    const char *system = json_string_value(json_object_get(line, "file_system"));
    const char *why = json_string_value(json_object_get(line, "why"));
    json_int_t code = json_integer_value(json_object_get(line, "code"));
    if (place == NULL || system == NULL || why == NULL || code > 0 || code < INT32_MIN) {
        return err_set(err, ERR_BROKEN, "a line of " WORK_JOURNAL_FILE_NAME " is damaged");
    }
    if (code < 0) {
        return err_set(err, (int)code, "%s", why);
    }
    (void)snprintf(ret_stores->place, sizeof(ret_stores->place), "%s", place);
    (void)snprintf(ret_stores->file_system, sizeof(ret_stores->file_system), "%s", system);
    ret_stores->is_fallback = json_is_true(json_object_get(line, "fallback"));
    return 0;
}

int work_load(struct work *work, const struct wire_scenario *scenario, const char *text,
              bool is_woven, struct campaign_stores *ret_stores, struct err *err)
{
    struct campaign_stores stores = {0};
    char *copy = strdup(text);
    if (copy == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    free(work->text);
    work->text = copy;
    work->scenario = *scenario;
    work->load_key = key_of_scenario(scenario, text);
    work->is_loaded = false;
    json_t *line = find_line(work, work->load_key);
    int r = 0;
    if (line != NULL) {
        set_clock(work, line);
        r = read_load(line, &stores, err);
        json_decref(line);
        if (r < 0 && !work->options.is_known_only) {
            line = NULL; /* it could not be loaded then: perhaps it can now */
            *err = (struct err)ERR_INIT;
        }
    } else if (work->options.is_known_only) {
        return err_set(err, ERR_BROKEN, "none of these runs ran this scenario");
    }
    if (line == NULL) {
        r = load_workers(work, &stores, err);
        put_load(work, is_woven, r, r < 0 ? err->text : "", &stores);
    }
    if (r == 0 && ret_stores != NULL) {
        *ret_stores = stores;
    }
    return r;
}

/* Cases */

bool work_has_room(const struct work *work)
{
    /* One at a time: of a caught defect no run asked for what would have come after. */
    if (work->pool == NULL) {
        return work->known_count == 0;
    }
    return work->known_count < KNOWN_MAX && work->asked_count < ASKED_MAX &&
           pool_has_room(work->pool);
}

uint32_t work_in_flight(const struct work *work)
{
    return work->known_count + (work->pool == NULL ? 0 : pool_in_flight(work->pool));
}

static int submit_to_pool(struct work *work, uint64_t key, const struct wire_case *asked,
                          const char *plan_text)
{
    struct err err = ERR_INIT;
    int r = work->is_loaded ? 0 : load_workers(work, NULL, &err);
    if (r < 0) {
        return r;
    }
    r = pool_submit(work->pool, asked, plan_text);
    if (r == 0) {
        work->asked[work->asked_count++] =
            (struct asked){asked->id, key, asked->want_hits && !asked->is_explored};
    }
    return r;
}

int work_submit(struct work *work, const struct wire_case *asked, const char *plan_text)
{
    uint64_t key = key_of_case(work, asked, plan_text);
    json_t *line = find_line(work, key);
    if (line == NULL && work->options.is_known_only) {
        (void)snprintf(work->missing, sizeof(work->missing), "%s", plan_text);
        return -ENOENT;
    }
    if (line == NULL) {
        return submit_to_pool(work, key, asked, plan_text);
    }
    struct known *known = &work->known[(work->known_first + work->known_count) % KNOWN_MAX];
    *known = (struct known){*asked, strdup(plan_text), line};
    work->known_count++;
    if (known->plan_text == NULL) {
        return -ENOMEM;
    }
    return 0;
}

/* Takes the first of what is known: 1, or, when its line is damaged, 0 with the case given to a
 * worker. */
static int next_known(struct work *work, struct pool_result *result)
{
    struct known *known = first_known(work);
    int r = result_json_read(json_object_get(known->line, "r"), result);
    if (r == 0) {
        set_clock(work, known->line);
        result->ended.id = known->asked.id;
        r = 1;
    } else if (r == -EBADMSG && work->options.is_known_only) {
        (void)snprintf(work->missing, sizeof(work->missing), "%s", known->plan_text);
        r = -ENOENT;
    } else if (r == -EBADMSG) {
        r = submit_to_pool(work, key_of_case(work, &known->asked, known->plan_text), &known->asked,
                           known->plan_text);
    }
    drop_known(work);
    return r;
}

/* Addresses are worth nothing elsewhere: what the audit saw is named here. */
static void name_audit(const struct work *work, struct pool_result *result)
{
    const struct audit_report *audit = &result->audit;
    struct ending *end = &result->ended.end;
    if (!result->has_audit ||
        (audit->unannounced_count == 0 && audit->unperformed_count == 0 && audit->status == 0)) {
        return;
    }
    size_t used = audit_report_text(audit, end->detail, sizeof(end->detail));
    if (audit->effect_count > 0 && used < sizeof(end->detail)) {
        (void)stack_symbolise(audit->effects[0].stack, audit->effects[0].stack_count,
                              audit->load_base, work->options.worker_path, end->detail + used,
                              sizeof(end->detail) - used);
    }
}

/* What the machine denied, and what a signal may have ended, is run again by who goes on. */
static bool is_kept(const struct work *work, const struct pool_result *result)
{
    enum outcome outcome = result->ended.end.outcome;
    bool is_stopped = work->options.interrupted != NULL && *work->options.interrupted != 0;
    return work->options.journal != NULL && result->ended.trouble == 0 &&
           !(is_stopped && (outcome == OUTCOME_CRASHED || outcome == OUTCOME_HARNESS_BROKEN));
}

static void keep(struct work *work, const struct pool_result *result)
{
    uint32_t i = 0;
    while (i < work->asked_count && work->asked[i].id != result->ended.id) {
        i++;
    }
    if (i == work->asked_count) {
        return;
    }
    struct asked asked = work->asked[i];
    work->asked[i] = work->asked[--work->asked_count];
    if (!is_kept(work, result)) {
        return;
    }
    json_t *line = json_pack("{sIso}", "t", (json_int_t)work_clock_us(work), "r",
                             result_json_make(result, asked.with_hits));
    (void)work_journal_put(work->options.journal, asked.key, line);
    work->unflushed++;
    if (result->has_explored || work->unflushed == FLUSH_EVERY) {
        (void)work_journal_flush(work->options.journal);
        work->unflushed = 0;
    }
}

int work_next(struct work *work, int timeout_ms, struct pool_result *result)
{
    if (work->known_count > 0) {
        return next_known(work, result);
    }
    if (work->pool == NULL) {
        return 0;
    }
    int r = pool_next(work->pool, timeout_ms, result);
    if (r == 1) {
        name_audit(work, result);
        keep(work, result);
    }
    return r;
}

/* Ends */

uint32_t work_canary_count(const struct work *work)
{
    return work->options.is_known_only ? work->options.known_count : 1;
}

uint64_t work_end(struct work *work, const char *name, uint64_t seed, uint64_t duration_us)
{
    char digits[24];
    uint64_t known_us = 0;
    for (uint32_t i = 0; i < work->options.known_count && work->options.is_known_only; i++) {
        known_us += work_journal_scenario_us(work->options.known[i], name, seed);
    }
    if (work->options.journal != NULL) {
        (void)snprintf(digits, sizeof(digits), "%" PRIx64, seed);
        (void)work_journal_put_end(work->options.journal,
                                   json_pack("{sssssIsI}", "end", name, "seed", digits, "t",
                                             (json_int_t)work_clock_us(work), "us",
                                             (json_int_t)duration_us));
    }
    return known_us > 0 ? known_us : duration_us;
}

uint64_t work_end_all(struct work *work)
{
    uint64_t longest_us = work_clock_us(work);
    if (work->options.is_known_only) {
        longest_us = 0;
    }
    for (uint32_t i = 0; i < work->options.known_count && work->options.is_known_only; i++) {
        uint64_t one_us = work_journal_duration_us(work->options.known[i]);
        longest_us = one_us > longest_us ? one_us : longest_us;
    }
    if (work->options.journal != NULL) {
        (void)work_journal_put_end(work->options.journal,
                                   json_pack("{sssI}", "end", "", "t", (json_int_t)longest_us));
    }
    return longest_us;
}

const char *work_missing(const struct work *work)
{
    return work->missing;
}
