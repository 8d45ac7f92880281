/* Runs a case in a process of its own, and has it told (story.h). */
#include "harness/story/story.h"

#include "harness/base/process.h"
#include "harness/drive/shared.h"
#include "harness/story/blame.h"
#include "harness/story/site.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>

#define TIMEOUT_MS   20000
#define FINDINGS_MAX 64

/* What the process that tells leaves, in memory that outlives it. */
struct answer {
    _Atomic uint32_t is_complete;
    int r;
    struct err err;
    struct story_source source;
};

struct telling {
    const struct scenario *scenario;
    const struct token *token;
    enum mechanism mechanism;
    struct answer *answer;
    struct shared *crash; /* where a dying engine leaves its stack */
};

const char *story_blame_help(enum story_blame blame)
{
    static const char *const helps[] = {
#define X(id, help) [STORY_BLAME_##id] = (help),
        STORY_BLAME_MAP(X)
#undef X
    };
    return blame < STORY_BLAME_COUNT ? helps[blame] : "";
}

/* A place is the store's own code; what asked for it comes next. */
static void take_site(const struct site *site, struct story_source *source)
{
    if (site->count > 0) {
        source->at = site->frames[0];
    }
    if (site->count > 1) {
        source->caller = site->frames[1];
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

static void find_source(struct telling *telling, const struct reenact *reenact)
{
    struct story_source *source = &telling->answer->source;
    struct finding findings[FINDINGS_MAX];
    uintptr_t addresses[STACK_FRAMES_MAX];
    struct trace_entry entry;
    struct blame blame;
    struct site site;
    size_t count = finding_parse(reenact->first_detail, findings, FINDINGS_MAX);
    enum mechanism mechanism = choose_mechanism(reenact, telling->mechanism);
    blame_find(reenact, mechanism, findings, count, &blame);
    source->blame = blame.kind;
    if (!blame_entry(reenact, &blame, &entry)) {
        return;
    }
    (void)snprintf(source->point, sizeof(source->point), "%s",
                   entry.is_note ? trace_note_name(entry.note) : point_name(entry.point));
    size_t stack_count = blame_stack(reenact, &blame, addresses);
    bool is_owner = blame.kind != STORY_BLAME_PREMATURE && blame.kind != STORY_BLAME_FAILED;
    site_of_stack(addresses, stack_count, is_owner, &site);
    take_site(&site, source);
}

static int tell(struct telling *telling)
{
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
        find_source(telling, reenact);
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
    uintptr_t addresses[STACK_FRAMES_MAX];
    uint32_t count = crash->crash_frame_count;
    struct site site;
    for (uint32_t i = 0; i < count && i < STACK_FRAMES_MAX; i++) {
        addresses[i] = (uintptr_t)(crash->crash_stack[i] + crash->crash_base);
    }
    site_of_stack(addresses, count < STACK_FRAMES_MAX ? count : STACK_FRAMES_MAX, false, &site);
    telling->answer->source.blame = STORY_BLAME_CRASHED;
    take_site(&site, &telling->answer->source);
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

int story_source(const struct scenario *scenario, const struct token *token,
                 enum mechanism mechanism, struct story_source *ret_source, struct err *err)
{
    struct telling telling = {.scenario = scenario, .token = token, .mechanism = mechanism};
    const char *refusal = reenact_refusal(scenario);
    memset(ret_source, 0, sizeof(*ret_source));
    if (refusal != NULL) {
        return err_set(err, ERR_USAGE, "there is no story of this case: %s", refusal);
    }
    telling.answer = mmap(NULL, sizeof(*telling.answer), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (telling.answer == MAP_FAILED) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    int r = shared_map(1, &telling.crash, err);
    if (r == 0) {
        r = run_teller(&telling, err);
        *ret_source = telling.answer->source;
    }
    (void)shared_unmap(telling.crash, 1);
    (void)munmap(telling.answer, sizeof(*telling.answer));
    return r;
}
