/* A second process at an open store: see contest.h. */
#include "harness/drive/contest.h"

#include "harness/base/process.h"
#include "harness/power/disk/dir_tree.h"
#include "harness/target/targets.h"
#include "store/disk/disk_posix.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WAIT_MS 1000
/* A process that could run and does not get to is the machine's fault. */
#define STARVED_WAITS_MAX 20u

/* How the second process ended, as its exit status says it. */
enum contest_exit { CONTEST_REFUSED = 11, CONTEST_OPENED, CONTEST_SILENT, CONTEST_ORPHAN };

struct starving {
    pid_t pid;
    uint32_t waits;
};

/* Waits for a processor, and not for a lock. */
static bool is_starving(void *arg)
{
    struct starving *starving = arg;
    char path[48];
    char state = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)starving->pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    bool is_read = fscanf(file, "%*d (%*[^)]) %c", &state) == 1;
    (void)fclose(file);
    return is_read && state == 'R' && starving->waits++ < STARVED_WAITS_MAX;
}

static void judge_end(const struct process_end *end, struct judge_report *report)
{
    char how[PROCESS_TEXT_SIZE_BYTES];
    const char *what = NULL;
    if (end->is_late) {
        what = "a second process was not refused within a second";
    } else if (end->signal == 0 && end->code == CONTEST_OPENED) {
        what = "a second process opened the store that is open";
    } else if (end->signal == 0 && end->code == CONTEST_SILENT) {
        what = "a second process was refused without a word";
    } else if (end->signal != 0 || end->code != CONTEST_REFUSED) {
        process_describe(end, how);
        judge_report_add(report, MECHANISM_SECOND_OPENED, "lock", 0,
                         "a second process ended by %s, expected to be refused", how);
        return;
    }
    if (what != NULL) {
        judge_report_add(report, MECHANISM_SECOND_OPENED, "lock", 0, "%s", what);
    }
}

static _Noreturn void be_second(contest_second second, void *arg)
{
    struct err why = ERR_INIT;
    int r = second(arg, &why);
    _exit(r == 0 ? CONTEST_OPENED : why.text[0] == '\0' ? CONTEST_SILENT : CONTEST_REFUSED);
}

int contest_judge(int dir_fd, contest_second second, void *arg, struct judge_report *report,
                  struct err *err)
{
    uint64_t before = 0;
    uint64_t after = 0;
    int r = dir_tree_hash_without(dir_fd, "lock", &before);
    if (r < 0) {
        return err_set(err, r, "hash the store that is open");
    }
    pid_t pid = process_fork(CONTEST_ORPHAN);
    if (pid < 0) {
        return err_set(err, -errno, "fork a second process");
    }
    if (pid == 0) {
        be_second(second, arg);
    }
    struct starving starving = {.pid = pid};
    const struct process_end end = process_watch(pid, WAIT_MS, is_starving, &starving);
    judge_end(&end, report);
    r = dir_tree_hash_without(dir_fd, "lock", &after);
    if (r < 0) {
        return err_set(err, r, "hash the store that is open");
    }
    if (before != after) {
        judge_report_add(report, MECHANISM_SECOND_WROTE, "", 0,
                         "a second process changed the files of the store that is open");
    }
    return 0;
}

static void ignore_event(void *arg, enum event event, uint64_t offset, const char *text)
{
    (void)arg;
    (void)event;
    (void)offset;
    (void)text;
}

/* Without the harness's observers: it must leave nothing behind, and what it does is not the
 * case's. */
static int open_second(void *arg, struct err *err)
{
    const struct protocol *protocol = arg;
    struct target target;
    struct disk *disk = NULL;
    const struct place place = {.dir_fd = protocol->place.dir_fd};
    int r = disk_posix_new(place.dir_fd, false, NULL, &disk);
    if (r < 0) {
        return err_set(err, r, "out of memory");
    }
    const struct target_start start = {
        .options = &protocol->scenario->store, .place = &place, .disk = disk};
    target_init(&target, targets_of(protocol->scenario), protocol->shared, shared_now_ms,
                ignore_event);
    return target_open(&target, &start, err);
}

int contest_judge_store(const struct protocol *protocol, struct judge_report *report,
                        struct err *err)
{
    return contest_judge(protocol->place.dir_fd, open_second, (void *)(uintptr_t)protocol, report,
                         err);
}
