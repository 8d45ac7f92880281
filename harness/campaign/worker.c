/* Request in, case run, result out. */
#include "harness/campaign/worker.h"

#include "harness/base/limits.h"
#include "harness/live/live.h"
#include "harness/power/explore/explorer.h"
#include "harness/work/wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct worker {
    int fd;
    struct scenario scenario;
    struct workload workload;
    struct wire_scenario loaded;
    struct live *live; /* NULL: no scenario yet */
    struct rehearse_options rehearse;
    struct explorer *explorer; /* NULL: nothing to explore yet */
    struct wire_message message;
    struct campaign_case ended;
};

static void unload(struct worker *worker)
{
    worker->explorer = explorer_free(worker->explorer);
    if (worker->live != NULL) {
        worker->live = live_close(worker->live);
        workload_done(&worker->workload);
    }
}

static int load(struct worker *worker, struct err *err)
{
    const struct wire_message *message = &worker->message;
    unload(worker);
    if (message->size_bytes < sizeof(worker->loaded)) {
        return err_set(err, ERR_BROKEN, "a scenario came damaged");
    }
    memcpy(&worker->loaded, message->body, sizeof(worker->loaded));
    const char *text = (const char *)message->body + sizeof(worker->loaded);
    int r = scenario_parse(text, message->size_bytes - sizeof(worker->loaded), worker->loaded.path,
                           &worker->scenario, err);
    if (r == 0) {
        r = scenario_set_target(&worker->scenario, worker->loaded.target, err);
    }
    for (uint32_t i = 0; r == 0 && i < worker->loaded.switch_count; i++) {
        r = scenario_apply_switch(&worker->scenario, worker->loaded.switches[i], err);
    }
    if (r == 0) {
        r = workload_make(&worker->scenario, &worker->workload, err);
    }
    if (r < 0) {
        return r;
    }
    struct live_options options = {
        .scenario = &worker->scenario,
        .workload = &worker->workload,
        .seed = worker->loaded.seed,
        .dir = worker->loaded.dir[0] == '\0' ? NULL : worker->loaded.dir,
        .timeout_ms = worker->loaded.timeout_ms,
    };
    r = live_open(&options, &worker->live, err);
    if (r < 0) {
        workload_done(&worker->workload);
    }
    return r;
}

static int answer_load(struct worker *worker)
{
    struct err err = ERR_INIT;
    char remedy[LIMITS_REMEDY_SIZE_BYTES];
    char text[sizeof(err.text) + LIMITS_REMEDY_SIZE_BYTES + 2];
    int32_t r = load(worker, &err);
    if (r < 0) {
        (void)limits_remedy(-r, remedy);
        (void)snprintf(text, sizeof(text), "%s%s%s", err.text, remedy[0] == '\0' ? "" : ": ",
                       remedy);
        return wire_send(worker->fd, WIRE_REFUSED, &r, sizeof(r), text, strlen(text));
    }
    struct campaign_stores stores;
    live_stores(worker->live, &stores);
    return wire_send(worker->fd, WIRE_READY, &stores, sizeof(stores), NULL, 0);
}

static int send_hits(struct worker *worker, const struct hits *hits)
{
    uint8_t *data = NULL;
    size_t size_bytes = 0;
    int r = hits_pack(hits, &data, &size_bytes);
    if (r == 0) {
        r = wire_send(worker->fd, WIRE_HITS, data, size_bytes, NULL, 0);
    }
    free(data);
    return r;
}

/* The planner wants hits, not operations. */
static int take_hits(void *arg, uint32_t round, const struct trace *trace)
{
    struct hits *hits = arg;
    int r = 0;
    for (size_t i = 0; r == 0 && i < trace_count(trace); i++) {
        struct trace_entry entry;
        trace_get(trace, i, &entry);
        if (!entry.is_note) {
            const struct disk_call call = trace_call(&entry);
            r = hits_add(hits, round, &call);
        }
    }
    return r;
}

/* Of a target that is not seen inside: the hits that the harness counted. */
static int take_moments(struct hits *hits, const struct scenario *scenario,
                        const struct campaign_case *ended)
{
    for (uint32_t round = 0; round < ended->round_count; round++) {
        for (uint32_t point = 0; point < scenario->points->count; point++) {
            int r = hits_add_moments(hits, round, point, ended->hits[round][point]);
            if (r < 0) {
                return r;
            }
        }
    }
    return 0;
}

static int run_case(struct worker *worker, const struct wire_case *asked, const struct plan *plan)
{
    struct err err = ERR_INIT;
    struct hits hits;
    struct audit_report audit;
    memset(&audit, 0, sizeof(audit));
    hits_init(&hits);
    struct live_request request = {
        .plan = plan,
        .role = asked->role,
        .want_hashes = asked->want_hashes,
        .take_trace = asked->want_trace ? take_hits : NULL,
        .take_trace_arg = &hits,
        .audit = asked->audited ? &audit : NULL,
    };
    int r = live_run(worker->live, &request, &worker->ended, &err);
    if (r < 0) {
        worker->ended.role = asked->role;
        ending_fail(&worker->ended.end, OUTCOME_HARNESS_BROKEN, 0, err.text);
        r = 0;
    }
    worker->ended.id = asked->id;
    if (asked->want_trace && points_is_program(worker->scenario.points)) {
        r = take_moments(&hits, &worker->scenario, &worker->ended);
    }
    if (r == 0 && asked->want_trace) {
        r = send_hits(worker, &hits);
    }
    if (r == 0 && asked->audited) {
        r = wire_send(worker->fd, WIRE_AUDIT, &audit, sizeof(audit), NULL, 0);
    }
    hits_done(&hits);
    return r < 0 ? r : wire_send_result(worker->fd, &worker->ended, asked->want_hits);
}

static int explore_job(struct worker *worker, const struct wire_case *asked,
                       const struct plan *plan, struct err *err)
{
    const struct explore_result *result = NULL;
    int r = 0;
    worker->rehearse = (struct rehearse_options){
        .scenario = &worker->scenario,
        .workload = &worker->workload,
        .seed = worker->loaded.seed,
        .preemptions = asked->job.preemptions,
        .interleaving = asked->job.interleaving,
    };
    if (worker->explorer == NULL) {
        r = explorer_new(&worker->rehearse, worker->loaded.timeout_ms, &worker->explorer, err);
    }
    if (r < 0) {
        return r;
    }
    r = explorer_run(worker->explorer, &asked->job, plan, &result, err);
    return r < 0 ? r : wire_send(worker->fd, WIRE_EXPLORED, result, sizeof(*result), NULL, 0);
}

static int run_job(struct worker *worker, const struct wire_case *asked, const struct plan *plan)
{
    struct err err = ERR_INIT;
    struct campaign_case *ended = &worker->ended;
    memset(ended, 0, sizeof(*ended));
    ended->id = asked->id;
    ended->role = asked->role;
    if (explore_job(worker, asked, plan, &err) < 0) {
        ending_fail(&ended->end, OUTCOME_HARNESS_BROKEN, 0, err.text);
    }
    return wire_send_result(worker->fd, ended, false);
}

static int answer_case(struct worker *worker)
{
    struct wire_case asked;
    struct plan plan;
    struct err err = ERR_INIT;
    if (worker->live == NULL || worker->message.size_bytes < sizeof(asked)) {
        return ERR_BROKEN;
    }
    memcpy(&asked, worker->message.body, sizeof(asked));
    if (plan_parse((const char *)worker->message.body + sizeof(asked), worker->scenario.points,
                   &plan, &err) < 0) {
        return ERR_BROKEN;
    }
    return asked.is_explored ? run_job(worker, &asked, &plan) : run_case(worker, &asked, &plan);
}

static int answer(struct worker *worker)
{
    switch (worker->message.type) {
    case WIRE_SCENARIO:
        return answer_load(worker);
    case WIRE_CASE:
        return answer_case(worker);
    case WIRE_READY:
    case WIRE_REFUSED:
    case WIRE_RESULT:
    case WIRE_HITS:
    case WIRE_AUDIT:
    case WIRE_EXPLORED:
        break;
    }
    return ERR_BROKEN;
}

int worker_run(int fd)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    if (worker == NULL) {
        return 1;
    }
    worker->fd = fd;
    int r = 0;
    while (r == 0) {
        r = wire_receive(fd, &worker->message);
        if (r == 0) {
            r = answer(worker);
        }
    }
    unload(worker);
    wire_message_done(&worker->message);
    free(worker);
    return r == -EPIPE ? 0 : 1;
}
