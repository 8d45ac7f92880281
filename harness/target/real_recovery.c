/* Copies in, states out (real_recovery.h).
 *
 * A System.exit() of the code under test ends the process with an answer that is shorter than what
 * was asked: the rest is asked of another one. */
#include "harness/target/real_recovery.h"

#include "harness/base/real_place.h"
#include "harness/power/disk/dir_tree.h"
#include "harness/power/disk/scratch.h"
#include "harness/scenario/prng.h"
#include "harness/target/line_client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLACES_DIR      "/dev/shm"
#define BATCH_SIZE      32
#define PATH_SIZE_BYTES 256
/* 5.5's constructor opens a RocksDB, of whose memory some cannot be given back. */
#define PROCESS_STORES_MAX 256

struct recovery {
    const struct real_recovery_options *options;
    char program[REAL_PLACE_PATH_SIZE_BYTES];
    struct scratch *scratch;
    struct line_client *client; /* NULL: none runs */
    uint32_t recovered_count;   /* by it */
};

/* A copy of a store, which may be changed. */
struct copy {
    int dir_fd;
    char path[PATH_SIZE_BYTES];
};

static void drop_copy(struct recovery *recovery, struct copy *copy)
{
    if (copy->dir_fd >= 0) {
        scratch_drop(recovery->scratch, copy->dir_fd);
        copy->dir_fd = -1;
    }
}

static int make_copy(struct recovery *recovery, const struct real_recovery_store *store,
                     struct copy *ret_copy, struct err *err)
{
    char link[64];
    ret_copy->dir_fd = -1;
    int from_fd = open(store->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from_fd < 0) {
        return err_set(err, ERR_USAGE, "open '%s': %s", store->path, strerrordesc_np(errno));
    }
    int r = scratch_make(recovery->scratch, &ret_copy->dir_fd, err);
    if (r == 0) {
        r = dir_tree_copy_to(from_fd, ret_copy->dir_fd, err);
    }
    (void)close(from_fd);
    if (r < 0) {
        return err_wrap(err, r, "copy '%s'", store->path);
    }
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", ret_copy->dir_fd);
    ssize_t length = readlink(link, ret_copy->path, sizeof(ret_copy->path) - 1);
    if (length < 0) {
        return err_set(err, -errno, "a copy has no name: %s", strerrordesc_np(errno));
    }
    ret_copy->path[length] = '\0';
    return 0;
}

static void end_client(struct recovery *recovery)
{
    recovery->client = line_client_free(recovery->client);
    recovery->recovered_count = 0;
}

/* `stores`: so many are asked for at once. */
static int start_client(struct recovery *recovery, uint32_t stores, struct line_client **ret_client,
                        struct err *err)
{
    char *argv[] = {recovery->program, NULL};
    const struct line_client_options options = {recovery->options->target, argv,
                                                recovery->options->timeout_ms * stores};
    int r = line_client_start(&options, ret_client, err);
    return r < 0 ? r : line_client_hello(*ret_client, err);
}

static json_t *with_store(const struct real_recovery_store *store, json_t *request)
{
    json_t *sizes = json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:b}", "mode", store->is_dledger ? "dledger" : "commitlog",
        "flush", "sync", "log_file_size", (json_int_t)store->log_file_size_bytes,
        "queue_file_units", (json_int_t)store->queue_file_units, "index_file_units",
        (json_int_t)store->index_file_units, "message_v2", 0);
    (void)json_object_update(request, sizes);
    json_decref(sizes);
    return request;
}

static bool is_alike(const struct real_recovery_store *a, const struct real_recovery_store *b)
{
    return a->is_dledger == b->is_dledger && a->log_file_size_bytes == b->log_file_size_bytes &&
           a->queue_file_units == b->queue_file_units && a->index_file_units == b->index_file_units;
}

static bool is_refused(const json_t *state)
{
    return json_object_get(state, "error") != NULL;
}

static bool is_unread(const json_t *state)
{
    size_t i = 0;
    const json_t *queue = NULL;
    json_array_foreach(json_object_get(state, "queues"), i, queue)
    {
        if (json_array_size(json_object_get(queue, "unread")) > 0) {
            return true;
        }
    }
    return false;
}

/* The same state by a whole start; the caller owns it.  A refusal is a state. */
static int start_whole(struct recovery *recovery, const struct real_recovery_store *store,
                       json_t **ret_state, struct err *err)
{
    static const char *const requests[] = {"open", "wait", "state"};
    struct line_client *client = NULL;
    struct copy copy;
    json_t *answer = NULL;
    int r = make_copy(recovery, store, &copy, err);
    if (r == 0) {
        r = start_client(recovery, 1, &client, err);
    }
    for (size_t i = 0; r == 0 && i < 3; i++) {
        json_t *request = json_pack("{s:s, s:s}", "request", requests[i], "dir", copy.path);
        json_decref(answer);
        answer = NULL;
        r = line_client_call(client, with_store(store, request), &answer, err);
    }
    bool has_refused = r == ERR_REFUSED || r == ERR_CORRUPT || r == -EIO;
    if (has_refused) {
        json_decref(answer);
        answer = json_pack("{s:{s:s, s:s}}", "error", "code", "refused", "text", err->text);
        *err = (struct err)ERR_INIT;
        r = 0;
    }
    (void)line_client_free(client);
    drop_copy(recovery, &copy);
    if (r < 0) {
        json_decref(answer);
        return err_wrap(err, r, "a whole start over '%s'", store->path);
    }
    (void)json_object_del(answer, "id");
    (void)json_object_del(answer, "events");
    *ret_state = answer;
    return 0;
}

/* What both ways say, but for the words of a refusal. */
static int check_whole(struct recovery *recovery, const struct real_recovery_store *store,
                       const json_t *state, struct err *err)
{
    json_t *whole = NULL;
    int r = start_whole(recovery, store, &whole, err);
    if (r < 0) {
        return r;
    }
    bool is_same = is_refused(state) ? is_refused(whole) : json_equal(state, whole) != 0;
    if (!is_same) {
        char *one = json_dumps(state, JSON_COMPACT | JSON_SORT_KEYS);
        char *other = json_dumps(whole, JSON_COMPACT | JSON_SORT_KEYS);
        (void)err_set(err, ERR_BROKEN,
                      "%s: the recovery of '%.100s' says %.150s, a whole start %.150s",
                      recovery->options->target, store->path, one == NULL ? "" : one,
                      other == NULL ? "" : other);
        free(one);
        free(other);
    }
    json_decref(whole);
    return is_same ? 0 : ERR_BROKEN;
}

/* Whether the sample has it: at least so much of a hundred, and of few stores one, too. */
static bool is_sampled(const struct real_recovery_options *options, uint32_t count, uint32_t index)
{
    if (options->whole_percent == 0) {
        return false;
    }
    uint32_t stride = 100 / options->whole_percent;
    uint32_t first = index - index % stride;
    uint32_t left = count - first;
    struct prng prng;
    prng_init(&prng, options->seed, first);
    return index - first == prng_below(&prng, left < stride ? left : stride);
}

/* Asks for copies; `*ret_states`, the caller's, has one or more of their states. */
static int ask(struct recovery *recovery, const struct real_recovery_store *store,
               const struct copy *copies, uint32_t count, json_t **ret_states, struct err *err)
{
    json_t *answer = NULL;
    json_t *dirs = json_array();
    int r = 0;
    if (recovery->recovered_count + count > PROCESS_STORES_MAX) {
        end_client(recovery);
    }
    if (recovery->client == NULL) {
        r = start_client(recovery, BATCH_SIZE, &recovery->client, err);
    }
    for (uint32_t i = 0; i < count; i++) {
        (void)json_array_append_new(dirs, json_string(copies[i].path));
    }
    json_t *request = json_pack("{s:s, s:b, s:o}", "request", "recover", "read", 1, "dirs", dirs);
    if (r < 0) {
        json_decref(request);
        return r;
    }
    r = line_client_call(recovery->client, with_store(store, request), &answer, err);
    if (r < 0) {
        return r;
    }
    json_t *states = json_object_get(answer, "stores");
    size_t size = json_array_size(states);
    if (size == 0 || size > count) {
        json_decref(answer);
        return err_set(err, ERR_BROKEN, "%s answered for %zu stores, asked for %u",
                       recovery->options->target, size, count);
    }
    *ret_states = json_incref(states);
    json_decref(answer);
    recovery->recovered_count += count;
    if (is_refused(json_array_get(*ret_states, size - 1))) {
        end_client(recovery); /* it may have been System.exit() */
    }
    return 0;
}

/* The stores from `first` on that can be asked for at once. */
static uint32_t batch_from(const struct real_recovery_store *stores, uint32_t first, uint32_t count)
{
    uint32_t size = 1;
    while (first + size < count && size < BATCH_SIZE &&
           is_alike(&stores[first], &stores[first + size])) {
        size++;
    }
    return size;
}

/* Recovers a batch of alike stores, or the first of them; `*ret_count` says how many. */
static int run_batch(struct recovery *recovery, const struct real_recovery_store *stores,
                     uint32_t count, json_t **ret_states, struct err *err)
{
    struct copy copies[BATCH_SIZE];
    uint32_t made = 0;
    int r = 0;
    while (r == 0 && made < count) {
        r = make_copy(recovery, &stores[made], &copies[made], err);
        made++;
    }
    if (r == 0) {
        r = ask(recovery, stores, copies, count, ret_states, err);
    }
    for (uint32_t i = 0; i < made; i++) {
        drop_copy(recovery, &copies[i]);
    }
    return r;
}

int real_recovery_run(const struct real_recovery_options *options,
                      const struct real_recovery_store *stores, uint32_t store_count,
                      void (*done)(void *arg, const struct real_recovery_result *result), void *arg,
                      struct err *err)
{
    struct recovery recovery = {.options = options};
    const struct scratch_options scratch = {options->dir == NULL ? PLACES_DIR : options->dir, 0};
    int r = real_place_program(options->target, recovery.program, err);
    if (r == 0) {
        r = scratch_open(&scratch, &recovery.scratch, err);
    }
    for (uint32_t next = 0; r == 0 && next < store_count;) {
        json_t *states = NULL;
        size_t i = 0;
        const json_t *state = NULL;
        r = run_batch(&recovery, &stores[next], batch_from(stores, next, store_count), &states,
                      err);
        json_array_foreach(states, i, state)
        {
            uint32_t index = next + (uint32_t)i;
            struct real_recovery_result result = {index, state, is_refused(state), is_unread(state),
                                                  false};
            result.has_whole =
                result.is_refused || result.is_unread || is_sampled(options, store_count, index);
            r = result.has_whole ? check_whole(&recovery, &stores[index], state, err) : 0;
            if (r < 0) {
                break;
            }
            done(arg, &result);
        }
        next += (uint32_t)json_array_size(states);
        json_decref(states);
    }
    end_client(&recovery);
    recovery.scratch = scratch_close(recovery.scratch);
    return r;
}
