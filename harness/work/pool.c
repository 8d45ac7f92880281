/* Workers behind sockets. */
#include "harness/work/pool.h"

#include "harness/base/process.h"
#include "harness/base/stack.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/socket.h>

#define POOL_JOBS_MAX 256
/* One case runs, one waits: the worker never idles while a result is on its way. */
#define POOL_DEPTH 2
/* Stacks that are given names: each starts a process. */
#define POOL_NAMED_MAX 32

struct pool_worker {
    pid_t pid;
    int fd;
    struct wire_case in_flight[POOL_DEPTH];
    uint32_t in_flight_count;
};

struct pool {
    char worker_path[1024];
    struct pool_worker workers[POOL_JOBS_MAX];
    uint32_t jobs;
    struct wire_scenario scenario;
    char *text;
    struct wire_message message;
    struct campaign_case lost[POOL_DEPTH]; /* of a worker that died, not handed out yet */
    uint32_t lost_count;
    uint32_t named_count;
};

static _Noreturn void exec_worker(const struct pool *pool, int fd)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* Before it is a worker: one that dies while it starts takes its cases with it. */
    process_ignore_stops();
    if (dup2(fd, STDIN_FILENO) == STDIN_FILENO) {
        char *arguments[] = {strdup(pool->worker_path), NULL};
        (void)execv(pool->worker_path, arguments);
    }
    _exit(127);
}

static int start_worker(const struct pool *pool, struct pool_worker *worker, struct err *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
        return err_set(err, -errno, "make a socket for a worker: %s", strerror(errno));
    }
    pid_t pid = fork();
    if (pid == 0) {
        exec_worker(pool, ends[1]);
    }
    int code = errno;
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        return err_set(err, -code, "start a worker: %s", strerror(code));
    }
    worker->pid = pid;
    worker->fd = ends[0];
    worker->in_flight_count = 0;
    return 0;
}

static struct process_end stop_worker(struct pool_worker *worker)
{
    struct process_end end = {0};
    if (worker->pid <= 0) {
        return end;
    }
    (void)close(worker->fd);
    (void)kill(worker->pid, SIGKILL);
    end = process_reap(worker->pid);
    worker->pid = 0;
    return end;
}

int pool_open(const char *worker_path, uint32_t jobs, struct pool **ret_pool, struct err *err)
{
    if (access(worker_path, X_OK) < 0) {
        return err_set(err, ERR_BROKEN, "the worker '%s' cannot be started: %s", worker_path,
                       strerror(errno));
    }
    struct pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    (void)snprintf(pool->worker_path, sizeof(pool->worker_path), "%s", worker_path);
    pool->jobs = jobs > POOL_JOBS_MAX ? POOL_JOBS_MAX : jobs;
    for (uint32_t i = 0; i < pool->jobs; i++) {
        int r = start_worker(pool, &pool->workers[i], err);
        if (r < 0) {
            pool_close(pool);
            return r;
        }
    }
    *ret_pool = pool;
    return 0;
}

struct pool *pool_close(struct pool *pool)
{
    if (pool == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < pool->jobs; i++) {
        (void)stop_worker(&pool->workers[i]);
    }
    wire_message_done(&pool->message);
    free(pool->text);
    free(pool);
    return NULL;
}

static int send_scenario(const struct pool *pool, const struct pool_worker *worker)
{
    return wire_send(worker->fd, WIRE_SCENARIO, &pool->scenario, sizeof(pool->scenario), pool->text,
                     strlen(pool->text));
}

/* Which code it is says whose fault: the scenario's own (ERR_USAGE), or that of the machine. */
static int read_refusal(const struct wire_message *message, struct err *err)
{
    int32_t code = ERR_BROKEN;
    if (message->size_bytes < sizeof(code)) {
        return err_set(err, ERR_BROKEN, "a worker answered nonsense");
    }
    memcpy(&code, message->body, sizeof(code));
    return err_set(err, code < 0 ? code : ERR_BROKEN, "%s",
                   (const char *)message->body + sizeof(code));
}

static int await_ready(struct pool *pool, struct pool_worker *worker,
                       struct campaign_stores *ret_stores, struct err *err)
{
    int r = wire_receive(worker->fd, &pool->message);
    if (r < 0) {
        return err_set(err, ERR_BROKEN, "a worker died while it loaded the scenario");
    }
    if (pool->message.type != WIRE_READY) {
        return read_refusal(&pool->message, err);
    }
    if (ret_stores != NULL && pool->message.size_bytes == sizeof(*ret_stores)) {
        memcpy(ret_stores, pool->message.body, sizeof(*ret_stores));
    }
    return 0;
}

int pool_load(struct pool *pool, const struct wire_scenario *scenario, const char *text,
              struct campaign_stores *ret_stores, struct err *err)
{
    char *copy = strdup(text);
    if (copy == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    free(pool->text);
    pool->text = copy;
    pool->scenario = *scenario;
    for (uint32_t i = 0; i < pool->jobs; i++) {
        if (send_scenario(pool, &pool->workers[i]) < 0) {
            return err_set(err, ERR_BROKEN, "a worker died");
        }
    }
    /* All answers are taken: the next scenario's would be behind one that is not. */
    int first = 0;
    for (uint32_t i = 0; i < pool->jobs; i++) {
        struct err own = ERR_INIT;
        int r = await_ready(pool, &pool->workers[i], ret_stores, &own);
        if (r < 0 && first == 0) {
            first = r;
            *err = own;
        }
    }
    return first;
}

/* The worker with the fewest cases, or NULL when all are full. */
static struct pool_worker *least_busy(struct pool *pool)
{
    struct pool_worker *best = NULL;
    for (uint32_t i = 0; i < pool->jobs; i++) {
        struct pool_worker *worker = &pool->workers[i];
        if (worker->in_flight_count < POOL_DEPTH &&
            (best == NULL || worker->in_flight_count < best->in_flight_count)) {
            best = worker;
        }
    }
    return best;
}

bool pool_has_room(const struct pool *pool)
{
    return pool_in_flight(pool) < pool->jobs * POOL_DEPTH;
}

uint32_t pool_in_flight(const struct pool *pool)
{
    uint32_t count = pool->lost_count;
    for (uint32_t i = 0; i < pool->jobs; i++) {
        count += pool->workers[i].in_flight_count;
    }
    return count;
}

int pool_submit(struct pool *pool, const struct wire_case *asked, const char *plan_text)
{
    struct pool_worker *worker = least_busy(pool);
    if (worker == NULL) {
        return -EBUSY;
    }
    worker->in_flight[worker->in_flight_count++] = *asked;
    /* A dead worker shows itself when its results are read. */
    (void)wire_send(worker->fd, WIRE_CASE, asked, sizeof(*asked), plan_text, strlen(plan_text));
    return 0;
}

/* What a dead worker had in hand comes back as harness-broken; another takes its place. */
static int replace_worker(struct pool *pool, struct pool_worker *worker)
{
    struct err err = ERR_INIT;
    uint32_t count = worker->in_flight_count;
    struct wire_case cases[POOL_DEPTH];
    memcpy(cases, worker->in_flight, sizeof(cases));
    char how[PROCESS_TEXT_SIZE_BYTES];
    char text[PROCESS_TEXT_SIZE_BYTES + 32];
    struct process_end end = stop_worker(worker);
    process_describe(&end, how);
    (void)snprintf(text, sizeof(text), "the worker %s %s",
                   end.signal != 0 ? "was killed by" : "ended by", how);
    for (uint32_t i = 0; i < count; i++) {
        struct campaign_case *lost = &pool->lost[pool->lost_count++];
        memset(lost, 0, sizeof(*lost));
        lost->id = cases[i].id;
        lost->role = cases[i].role;
        lost->trouble = end.signal == SIGXCPU ? ETIME : 0;
        ending_fail(&lost->end, OUTCOME_HARNESS_BROKEN, 0, text);
    }
    int r = start_worker(pool, worker, &err);
    if (r < 0 || pool->text == NULL) {
        return r;
    }
    r = send_scenario(pool, worker);
    return r < 0 ? r : await_ready(pool, worker, NULL, &err);
}

static int read_one(struct pool *pool, struct pool_worker *worker, struct pool_result *result)
{
    hits_clear(&result->hits);
    result->has_audit = false;
    result->has_explored = false;
    for (;;) {
        int r = wire_receive(worker->fd, &pool->message);
        const struct wire_message *message = &pool->message;
        if (r == 0 && message->type == WIRE_HITS) {
            r = hits_unpack(message->body, message->size_bytes, &result->hits);
        } else if (r == 0 && message->type == WIRE_AUDIT &&
                   message->size_bytes == sizeof(result->audit)) {
            memcpy(&result->audit, message->body, sizeof(result->audit));
            result->has_audit = true;
        } else if (r == 0 && message->type == WIRE_EXPLORED &&
                   message->size_bytes == sizeof(result->explored)) {
            memcpy(&result->explored, message->body, sizeof(result->explored));
            result->has_explored = true;
        } else if (r == 0 && message->type == WIRE_RESULT) {
            return wire_read_result(message, &result->ended);
        } else if (r == 0) {
            r = ERR_BROKEN;
        }
        if (r < 0) {
            return r;
        }
    }
}

static void forget_case(struct pool_worker *worker, uint64_t id)
{
    for (uint32_t i = 0; i < worker->in_flight_count; i++) {
        if (worker->in_flight[i].id == id) {
            worker->in_flight[i] = worker->in_flight[--worker->in_flight_count];
            return;
        }
    }
}

/* A worker that has something to read; NULL when there is none within the time. */
static int poll_workers(struct pool *pool, int timeout_ms, struct pool_worker **ret_worker)
{
    struct pollfd waited[POOL_JOBS_MAX];
    for (uint32_t i = 0; i < pool->jobs; i++) {
        waited[i] = (struct pollfd){pool->workers[i].fd, POLLIN, 0};
    }
    int ready = poll(waited, pool->jobs, timeout_ms);
    if (ready <= 0) {
        return ready < 0 && errno != EINTR ? -errno : 0;
    }
    for (uint32_t i = 0; i < pool->jobs; i++) {
        if (waited[i].revents != 0) {
            *ret_worker = &pool->workers[i];
            break;
        }
    }
    return 0;
}

int pool_next(struct pool *pool, int timeout_ms, struct pool_result *result)
{
    struct pool_worker *worker = NULL;
    if (pool->lost_count == 0) {
        int r = poll_workers(pool, timeout_ms, &worker);
        if (worker == NULL) {
            return r;
        }
        if (read_one(pool, worker, result) == 0) {
            forget_case(worker, result->ended.id);
            if (result->ended.end.outcome == OUTCOME_CRASHED &&
                pool->named_count < POOL_NAMED_MAX) {
                pool->named_count++;
                stack_name(result->ended.end.detail, sizeof(result->ended.end.detail),
                           pool->worker_path);
            }
            return 1;
        }
        r = replace_worker(pool, worker);
        if (r < 0 || pool->lost_count == 0) {
            return r;
        }
    }
    hits_clear(&result->hits);
    result->has_audit = false;
    result->has_explored = false;
    result->ended = pool->lost[--pool->lost_count];
    return 1;
}
