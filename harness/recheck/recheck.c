/* Judge and order rules without a case (recheck.h). */
#include "harness/recheck/recheck.h"

#include "harness/oracle/rules/judge.h"
#include "harness/power/rehearse/rehearse.h"
#include "harness/power/trace/trace_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note_gap(struct recheck *recheck, const char *text)
{
    if (recheck->gap[0] == '\0') {
        (void)snprintf(recheck->gap, sizeof(recheck->gap), "%.*s", (int)sizeof(recheck->gap) - 1,
                       text);
    }
}

/* Store and recording are of one case: what they show is one finding. */
static void take(const struct judge_report *report, struct recheck *recheck)
{
    size_t used = strlen(recheck->text);

    recheck->mechanisms |= report->mechanisms;
    recheck->violated |= report->violated;
    if (report->text[0] != '\0') {
        (void)snprintf(recheck->text + used, sizeof(recheck->text) - used, "%s%s",
                       used > 0 && recheck->text[used - 1] != '\n' ? "\n" : "", report->text);
    }
}

static int judge_recording(struct rehearsal *rehearsal, const struct trace *trace,
                           struct recheck *recheck, struct err *err)
{
    struct judge_report *report = calloc(1, sizeof(*report));
    int r = report == NULL ? err_set(err, -ENOMEM, "no memory for a verdict")
                           : rehearse_adopt(rehearsal, trace, err);

    if (r == 0) {
        judge_report_clear(report);
        (void)rehearse_order(rehearsal, report);
        recheck->has_recording = true;
        if (rehearse_order_gap(rehearsal) != NULL) {
            note_gap(recheck, rehearse_order_gap(rehearsal));
        }
        take(report, recheck);
    }
    free(report);
    return r;
}

int recheck_trace(const struct scenario *scenario, uint64_t seed, const struct trace *trace,
                  struct recheck *ret_recheck, struct err *err)
{
    struct rehearsal *rehearsal = NULL;
    struct workload workload;
    int r = workload_make(scenario, &workload, err);

    if (r < 0) {
        return r;
    }
    const struct rehearse_options options = {
        .scenario = scenario, .workload = &workload, .seed = seed};
    r = rehearse_new(&options, &rehearsal, err);
    if (r == 0) {
        r = judge_recording(rehearsal, trace, ret_recheck, err);
    }
    rehearsal = rehearse_free(rehearsal);
    workload_done(&workload);
    return r;
}

static int recheck_recording(const struct scenario *scenario, const struct rest *rest,
                             struct recheck *recheck, struct err *err)
{
    struct trace *trace = NULL;

    if (rest->trace == NULL) {
        note_gap(recheck, "it has no recording");
        return 0;
    }
    trace = trace_new(NULL);
    if (trace == NULL) {
        return err_set(err, -ENOMEM, "no memory for a recording");
    }
    int r = trace_file_unpack(trace, rest->trace, rest->trace_size_bytes, err);
    if (r == 0) {
        r = recheck_trace(scenario, rest->ledger->seed, trace, recheck, err);
    }
    trace_free(trace);
    if (r == ERR_USAGE || r == ERR_CORRUPT) { /* of points or notes that this program has not */
        note_gap(recheck, err->text);
        return 0;
    }
    return r;
}

static int begin_with_base(const struct scenario *scenario, struct judge_state *state,
                           struct err *err)
{
    struct image *base = NULL;

    if (scenario->base[0] == '\0') {
        return 0;
    }
    int r = image_unpack(scenario->base, &base, err);
    if (r < 0) {
        return r;
    }
    struct view view = image_view(base);
    r = judge_base_begin_with(state, &view, scenario, err);
    image_free(base);
    return r;
}

/* The judge notes in a ledger what is gone: it gets one of its own. */
static struct ledger *copy_ledger(const struct ledger *ledger)
{
    size_t size_bytes = ledger_size_bytes(ledger->message_capacity);
    struct ledger *copy = malloc(size_bytes);

    if (copy != NULL) {
        memcpy(copy, ledger, size_bytes);
    }
    return copy;
}

static int judge_store(const struct judge_context *context, const struct rest *rest,
                       struct judge_state *state, struct recheck *recheck, struct err *err)
{
    struct view view = place_view(&rest->place);
    struct judge_report *report = calloc(1, sizeof(*report));
    int r = report == NULL ? err_set(err, -ENOMEM, "no memory for a verdict") : 0;

    if (r < 0) {
        return r;
    }
    judge_report_clear(report);
    r = begin_with_base(context->scenario, state, err);
    if (r < 0) {
        goto out;
    }
    r = judge_read(state, &view, &context->scenario->store, err);
    if (r < 0) {
        goto out;
    }
    judge_check(context, state, report);
    recheck->has_store = true;
    take(report, recheck);
out:
    free(report);
    return r;
}

static int recheck_store(const struct scenario *scenario, const struct rest *rest,
                         struct recheck *recheck, struct err *err)
{
    struct workload workload;
    struct judge_state *state = NULL;
    struct ledger *ledger = NULL;
    int r;

    if (scenario->topics * scenario->queues != rest->ledger->queue_count) {
        return err_set(err, ERR_USAGE, "its ledger is of another scenario");
    }
    r = workload_make(scenario, &workload, err);
    if (r < 0) {
        return r;
    }
    state = judge_state_new();
    ledger = copy_ledger(rest->ledger);
    const struct judge_context context = {.scenario = scenario,
                                          .workload = &workload,
                                          .ledger = ledger,
                                          .seed = rest->ledger->seed,
                                          .is_promise_bounded = rest->promised_end != UINT64_MAX,
                                          .promised_end = rest->promised_end,
                                          .is_lied = rest->is_lied,
                                          .is_crashed = true};
    if (state == NULL || ledger == NULL || judge_prepare(&context, state) < 0) {
        r = err_set(err, -ENOMEM, "no memory for the oracle");
        goto out;
    }
    r = judge_store(&context, rest, state, recheck, err);
out:
    free(ledger);
    (void)judge_state_free(state);
    workload_done(&workload);
    return r;
}

int recheck_capsule(const struct capsule *capsule, struct recheck *ret_recheck, struct err *err)
{
    const struct capsule_manifest *manifest = capsule_manifest(capsule);
    const uint32_t recorded = manifest->end.violated | manifest->restart.violated;
    struct scenario *scenario = malloc(sizeof(*scenario));
    int r = scenario == NULL ? err_set(err, -ENOMEM, "no memory for a scenario")
                             : capsule_scenario(capsule, scenario, err);

    if (r < 0) {
        goto out;
    }
    r = recheck_store(scenario, capsule_rest(capsule), ret_recheck, err);
    if (r < 0) {
        goto out;
    }
    r = recheck_recording(scenario, capsule_rest(capsule), ret_recheck, err);
    ret_recheck->unseen = recorded & ~ret_recheck->violated;
    ret_recheck->added = ret_recheck->violated & ~recorded;
out:
    free(scenario);
    return r;
}
