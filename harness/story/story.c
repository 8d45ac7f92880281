/* Runs a case in a process of its own, and has it told (story.h). */
#include "harness/story/story.h"

#include "harness/base/printer.h"
#include "harness/base/process.h"
#include "harness/drive/shared.h"
#include "harness/figures/figures_crash.h"
#include "harness/figures/figures_disk.h"
#include "harness/reenact/decision.h"
#include "harness/reenact/site.h"
#include "harness/story/losses.h"
#include "harness/story/restart.h"
#include "harness/story/stock.h"
#include "harness/story/summary.h"
#include "harness/story/timeline.h"
#include "harness/story/words.h"
#include "harness/story/wrong.h"
#include "store/base/event.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>

#define TIMEOUT_MS   30000
#define FINDINGS_MAX 64
/* Calls of a stack that are told; the innermost ones say what it was about. */
#define SITE_TOLD 5

/* What the process that tells leaves, in memory that outlives it. */
struct answer {
    _Atomic uint32_t is_complete;
    _Atomic uint32_t is_told; /* all but the crashes that are tried for the figures */
    int r;
    struct err err;
    struct story story;
    struct figures figures;
};

struct telling {
    const struct scenario *scenario;
    const struct token *token;
    enum mechanism mechanism;
    bool is_page_wanted; /* else the source alone */
    bool is_drawn;       /* the figures are wanted, too */
    struct answer *answer;
    struct shared *crash; /* where a dying engine leaves its stack */
};

/* What was found, and what to blame for it. */
struct cause {
    struct finding findings[FINDINGS_MAX];
    size_t finding_count;
    struct blame blame;
    struct site site;
    char why[WORDS_PLACE_SIZE_BYTES];
    struct decision decision; /* what the restart said wrong; it is named first */
    struct site decision_site;
};

/* Who has it done: of what is only said, the next call, for the folder that says it decides. */
static const struct stack_frame *caller_of(const struct site *site, bool is_said)
{
    if (is_said) {
        return site->count > 1 ? &site->frames[1] : NULL;
    }
    return site_caller(site);
}

static void take_site(const struct site *site, bool is_said, struct story_source *source)
{
    if (site->count > 0) {
        source->at = site->frames[0];
    }
    const struct stack_frame *caller = caller_of(site, is_said);
    if (caller != NULL) {
        source->caller = *caller;
    }
}

/* What was found later may only follow from what was found first. */
static enum mechanism choose_mechanism(const struct reenact *reenact, enum mechanism asked)
{
    if (asked != MECHANISM_COUNT && (reenact->first_mechanisms >> asked & 1) != 0) {
        return asked;
    }
    return mechanism_root(reenact->first_mechanisms);
}

/* The finding that the mechanism is about; NULL: none. */
static const struct finding *finding_about(const struct cause *cause, enum mechanism mechanism)
{
    const struct finding *finding = NULL;
    if (cause->finding_count > 0) {
        finding = finding_of(cause->findings, cause->finding_count, mechanism_property(mechanism));
        finding = finding == NULL ? &cause->findings[0] : finding;
    }
    return finding;
}

static void take_source(const struct cause *cause, const struct trace_entry *entry,
                        struct story_source *source)
{
    if (cause->decision.kind != BLAME_NONE) {
        (void)snprintf(source->why, sizeof(source->why), "%s", blame_help(cause->decision.kind));
        (void)snprintf(source->point, sizeof(source->point), "%s",
                       event_name(cause->decision.event));
        take_site(&cause->decision_site, true, source);
        return;
    }
    (void)snprintf(source->why, sizeof(source->why), "%.95s", cause->why);
    (void)snprintf(source->point, sizeof(source->point), "%s",
                   entry->is_note ? trace_note_name(entry->note) : point_name(entry->point));
    take_site(&cause->site, false, source);
}

static void find_cause(const struct telling *telling, const struct reenact *reenact,
                       struct cause *ret_cause)
{
    struct story *story = &telling->answer->story;
    uintptr_t addresses[STACK_FRAMES_MAX];
    struct trace_entry entry;
    struct blame *blame = &ret_cause->blame;
    memset(ret_cause, 0, sizeof(*ret_cause));
    story->mechanism = choose_mechanism(reenact, telling->mechanism);
    if (story->mechanism == MECHANISM_COUNT) {
        return;
    }
    ret_cause->finding_count =
        finding_parse(reenact->first_detail, ret_cause->findings, FINDINGS_MAX);
    for (size_t i = 0; i < ret_cause->finding_count; i++) {
        finding_locate(&ret_cause->findings[i], telling->scenario->store.log_file_size_bytes);
    }
    blame_find(reenact, story->mechanism, ret_cause->findings, ret_cause->finding_count, blame);
    if (!blame_entry(reenact, blame, &entry)) {
        return;
    }
    (void)snprintf(ret_cause->why, sizeof(ret_cause->why), "%s", blame_help(blame->kind));
    if (blame->kind == BLAME_REMOVED && !entry.is_note) {
        words_removal(entry.point, ret_cause->why);
    }
    size_t stack_count = blame_stack(reenact, blame, addresses);
    site_of_stack(addresses, stack_count, blame->kind != BLAME_PREMATURE, &ret_cause->site);
    decision_find(reenact, blame, finding_about(ret_cause, story->mechanism), &ret_cause->decision);
    if (ret_cause->decision.kind != BLAME_NONE) {
        stack_count = blame_stack(reenact, &ret_cause->decision.blame, addresses);
        site_of_stack(addresses, stack_count, true, &ret_cause->decision_site);
    }
    take_source(ret_cause, &entry, &story->source);
}

static void tell_verdict(const struct telling *telling, const struct reenact *reenact)
{
    struct page *page = &telling->answer->story.page;
    enum mechanism mechanism = telling->answer->story.mechanism;
    page_add(page, PAGE_VERDICT, 2, "%s", outcome_name(reenact->end.outcome));
    for (uint32_t i = 0; i < MECHANISM_COUNT; i++) {
        if ((reenact->first_mechanisms >> i & 1) != 0) {
            page_add(page, PAGE_VERDICT, 2, "%s %s: %s", i == mechanism ? "-" : " ",
                     mechanism_name((enum mechanism)i), mechanism_help((enum mechanism)i));
        }
    }
    page_add(page, PAGE_SCENARIO, 2, "%s: %s", telling->scenario->name, telling->scenario->summary);
}

/* The calls that led somewhere, innermost first. */
static void tell_site(struct page *page, enum page_section section, const struct site *site)
{
    for (uint32_t i = 0; i < site->count && i < SITE_TOLD; i++) {
        const struct stack_frame *frame = &site->frames[i];
        char place[STACK_FILE_SIZE_BYTES + 16];
        (void)snprintf(place, sizeof(place), "%s:%u", frame->file, frame->line);
        page_add(page, section, 8, "  %-6s %-44s %s", i == 0 ? "in" : "from", place,
                 frame->function);
    }
    if (site->count == 0) {
        page_add(page, section, 8, "  (the source line is not known: no addr2line, or no -g)");
    }
}

/* And where the store said why it did that. */
static void tell_reason(struct page *page, const struct reenact *reenact, const struct blame *blame)
{
    const struct reenact_part *part = restart_part(reenact);
    uintptr_t addresses[STACK_FRAMES_MAX];
    struct trace_entry reason;
    struct site site;
    if (part == NULL || blame->strike != NULL || part != &reenact->parts[blame->part] ||
        !restart_reason(part, blame->entry, &reason)) {
        return;
    }
    size_t count = witness_stack(part->witness, reason.begin_sequence, addresses);
    site_of_stack(addresses, count, true, &site);
    page_add(page, PAGE_START, 2,
             "and where it said `%s` before:", event_name((enum event)reason.values[0]));
    site.count = site.count > 2 ? 2 : site.count;
    tell_site(page, PAGE_START, &site);
}

/* What the restart said wrong, and where. */
static void tell_decision(struct page *page, const struct cause *cause)
{
    const struct decision *decision = &cause->decision;
    char text[PAGE_ROW_SIZE_BYTES];
    struct printer row = {.text = text, .capacity_bytes = sizeof(text)};
    restart_say_event(decision->event, (int64_t)decision->offset, &row);
    if (decision->queue[0] != '\0') {
        printer_add(&row, " of the queue %s", decision->queue);
    }
    page_add(page, PAGE_START, 2, "where the restart said %s: %s", text,
             blame_help(decision->kind));
    tell_site(page, PAGE_START, &cause->decision_site);
}

static void tell_start(struct page *page, const struct reenact *reenact, const struct cause *cause)
{
    struct trace_entry entry;
    if (!blame_entry(reenact, &cause->blame, &entry)) {
        return;
    }
    const char *how = "at";
    if (cause->decision.kind != BLAME_NONE) {
        tell_decision(page, cause);
        how = cause->decision.kind == BLAME_DECIDED ? "then the damage was done here, at"
                                                    : "and the wrong bytes came from here, at";
    }
    if (entry.is_note) {
        page_add(page, PAGE_START, 2, "%s `%s` of message %lld: %s", how,
                 trace_note_name(entry.note), (long long)entry.values[0], cause->why);
    } else {
        page_add(page, PAGE_START, 2, "%s %s:%u: %s", how, point_name(entry.point), entry.hit,
                 cause->why);
    }
    tell_site(page, PAGE_START, &cause->site);
    if (cause->decision.kind == BLAME_NONE) {
        tell_reason(page, reenact, &cause->blame);
    }
}

static void tell_faults(struct page *page, const struct reenact *reenact)
{
    timeline_tell_faults(reenact, page);
    if (reenact->strike_count > 0) {
        const struct reenact_strike *strike = &reenact->strikes[reenact->strike_count - 1];
        struct site site;
        site_of_stack(strike->stack, strike->stack_count, false, &site);
        tell_site(page, PAGE_FAULT, &site);
    }
}

/* What may kill this process comes last: what was told until then stays. */
static void tell_page(const struct telling *telling, struct reenact *reenact,
                      const struct cause *cause)
{
    struct story *story = &telling->answer->story;
    struct page *page = &story->page;
    struct losses losses;
    tell_verdict(telling, reenact);
    timeline_tell_files(reenact, page);
    timeline_tell(reenact, page);
    tell_faults(page, reenact);
    losses_tell(reenact, page, &losses);
    restart_tell(reenact, page);
    stock_tell(reenact, page);
    wrong_tell(reenact, finding_about(cause, story->mechanism), page);
    tell_start(page, reenact, cause);
    losses_try(reenact, page, &losses);
    const struct summary summary = {
        .reenact = reenact,
        .mechanism = story->mechanism,
        .blame = &cause->blame,
        .why = cause->why,
        .decision = &cause->decision,
        .source = &story->source.at,
        .caller = &story->source.caller,
        .losses = &losses,
    };
    summary_tell(&summary, page);
}

/* The crashes that are tried come behind all else: one of them may end this process. */
static void draw(const struct telling *telling, const struct reenact *reenact)
{
    struct figures *figures = &telling->answer->figures;
    figures_take(reenact, figures);
    figures_disk_messages(reenact, figures);
    struct image *before = stock_image_before_loss(reenact);
    const char *name = "before";
    if (!reenact->is_judged && reenact->part_count > 0) {
        const struct reenact_part *last = &reenact->parts[reenact->part_count - 1];
        (void)reenact_image(last, last->done, &before, NULL);
        name = "end";
    }
    figures_disk_add(reenact, name, before, figures);
    image_free(before);
    figures_disk_add(reenact, "crashed", reenact->crashed, figures);
    figures_disk_add(reenact, "recovered", reenact->recovered, figures);
    atomic_store(&telling->answer->is_told, 1);
    figures_crash_try(reenact, figures);
}

static int tell(struct telling *telling)
{
    static struct cause cause;
    struct answer *answer = telling->answer;
    struct reenact *reenact = NULL;
    struct workload workload;
    int r = workload_make(telling->scenario, &workload, &answer->err);
    if (r < 0) {
        return r;
    }
    const struct reenact_options options = {telling->scenario, &workload, telling->token->seed,
                                            &telling->token->plan};
    r = reenact_new(&options, &reenact, &answer->err);
    if (r == 0) {
        find_cause(telling, reenact, &cause);
        if (telling->is_page_wanted) {
            tell_page(telling, reenact, &cause);
        }
        if (telling->is_drawn) {
            draw(telling, reenact);
        }
    }
    reenact_free(reenact);
    workload_done(&workload);
    return r;
}

static _Noreturn void be_teller(struct telling *telling)
{
    shared_catch_crashes(telling->crash);
    telling->answer->r = tell(telling);
    atomic_store(&telling->answer->is_complete, 1);
    _exit(0);
}

/* The stack that a dying engine has left. */
static void take_crash(const struct telling *telling)
{
    const struct shared *crash = telling->crash;
    struct story *story = &telling->answer->story;
    uintptr_t addresses[STACK_FRAMES_MAX];
    uint32_t count = crash->crash_frame_count;
    struct site site;
    count = count < STACK_FRAMES_MAX ? count : STACK_FRAMES_MAX;
    for (uint32_t i = 0; i < count; i++) {
        addresses[i] = (uintptr_t)(crash->crash_stack[i] + crash->crash_base);
    }
    site_of_stack(addresses, count, false, &site);
    if (story->source.why[0] == '\0') {
        (void)snprintf(story->source.why, sizeof(story->source.why), "%s",
                       blame_help(BLAME_CRASHED));
        take_site(&site, false, &story->source);
    }
    story->is_cut_short = true;
    page_add(&story->page, PAGE_SHORT, 0,
             "the store died by signal %d while the case was run again; it was here:",
             (int)atomic_load(&crash->crash_signal));
    tell_site(&story->page, PAGE_SHORT, &site);
}

static int run_teller(struct telling *telling, struct err *err)
{
    struct answer *answer = telling->answer;
    char how[PROCESS_TEXT_SIZE_BYTES];
    pid_t pid = process_fork(1);
    if (pid == 0) {
        be_teller(telling);
    }
    if (pid < 0) {
        return err_set(err, -errno, "no process could be started: %s", strerror(errno));
    }
    struct process_end end = process_wait(pid, TIMEOUT_MS);
    if (atomic_load(&answer->is_complete) != 0) {
        return answer->r < 0 ? err_set(err, answer->r, "%s", answer->err.text) : 0;
    }
    if (atomic_load(&answer->is_told) != 0) {
        figures_crash_died(&answer->figures, end.is_late ? OUTCOME_HUNG : OUTCOME_CRASHED);
        return 0;
    }
    if (end.is_late) {
        return err_set(err, -ETIMEDOUT, "the case did not end within %d s", TIMEOUT_MS / 1000);
    }
    if (telling->crash->crash_frame_count > 0) {
        take_crash(telling);
        return 0;
    }
    process_describe(&end, how);
    return err_set(err, ERR_BROKEN, "the process that tells the case died: %s", how);
}

static int run(struct telling *telling, struct err *err)
{
    const char *refusal = reenact_refusal(telling->scenario);
    if (refusal != NULL) {
        return err_set(err, ERR_USAGE, "there is no story of this case: %s", refusal);
    }
    telling->answer = mmap(NULL, sizeof(*telling->answer), PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (telling->answer == MAP_FAILED) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    telling->answer->story.mechanism = MECHANISM_COUNT;
    int r = shared_map(1, &telling->crash, err);
    if (r == 0) {
        r = run_teller(telling, err);
    }
    return r;
}

static void telling_done(struct telling *telling)
{
    (void)shared_unmap(telling->crash, 1);
    if (telling->answer != NULL && telling->answer != MAP_FAILED) {
        (void)munmap(telling->answer, sizeof(*telling->answer));
    }
}

int story_tell_figures(const struct scenario *scenario, const struct token *token,
                       enum mechanism mechanism, struct story *ret_story,
                       struct figures *ret_figures, struct err *err)
{
    struct telling telling = {.scenario = scenario,
                              .token = token,
                              .mechanism = mechanism,
                              .is_page_wanted = true,
                              .is_drawn = ret_figures != NULL};
    int r = run(&telling, err);
    if (r == 0) {
        *ret_story = telling.answer->story;
    }
    if (r == 0 && ret_figures != NULL) {
        *ret_figures = telling.answer->figures;
    }
    telling_done(&telling);
    return r;
}

int story_tell(const struct scenario *scenario, const struct token *token, struct story *ret_story,
               struct err *err)
{
    return story_tell_figures(scenario, token, MECHANISM_COUNT, ret_story, NULL, err);
}

int story_source(const struct scenario *scenario, const struct token *token,
                 enum mechanism mechanism, struct story_source *ret_source, struct err *err)
{
    struct telling telling = {.scenario = scenario, .token = token, .mechanism = mechanism};
    memset(ret_source, 0, sizeof(*ret_source));
    int r = run(&telling, err);
    if (r == 0) {
        *ret_source = telling.answer->story.source;
    }
    telling_done(&telling);
    return r;
}
