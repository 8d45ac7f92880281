/* An example of a program that Killpoint can put under test: a store, and the line protocol of
 * docs/TARGETS.md round it.
 *
 * The store is Killpoint's own engine with its services in threads; for another one replace what
 * calls store_*.  `--bug ack-early` plants a bug: a put is acknowledged at once, and written with
 * the next one. */
#include "harness/target/base64.h"
#include "store/disk/disk_posix.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#define POLL_WAIT_US 200

struct program {
    pthread_mutex_t output; /* answers come from several threads */
    struct env env;
    struct event_sink sink; /* of nobody */
    struct disk *disk;
    struct store *store; /* NULL: not open */
    _Atomic unsigned unanswered;
    bool is_early;
    json_t *held; /* with the bug: the put that is acknowledged and not written */
};

/* What a put's completion has to know. */
struct asked {
    struct program *program;
    json_int_t id;
};

/* Prints `answer`, a new object, as the one to request `id`. */
static void print_answer(struct program *program, json_int_t id, json_t *answer)
{
    (void)json_object_set_new(answer, "id", json_integer(id));
    (void)pthread_mutex_lock(&program->output);
    (void)json_dumpf(answer, stdout, JSON_COMPACT);
    (void)putchar('\n');
    (void)fflush(stdout);
    (void)pthread_mutex_unlock(&program->output);
    json_decref(answer);
}

static json_t *make_error(const char *code, const char *text)
{
    return json_pack("{s:{s:s, s:s}}", "error", "code", code, "text", text);
}

/* The answer to what ended with `r`. */
static json_t *make_result(int r, const struct err *err)
{
    if (r == 0) {
        return json_object();
    }
    const char *code = "failed";
    code = r == -ENODATA ? "no-data" : code;
    code = r == ERR_CORRUPT ? "corrupt" : code;
    code = r == ERR_REFUSED ? "refused" : code;
    code = r == -EINVAL ? "bad-request" : code;
    return make_error(code, err->text);
}

static const char *text_of(const json_t *request, const char *key)
{
    const char *text = json_string_value(json_object_get(request, key));
    return text == NULL ? "" : text;
}

static json_int_t number_of(const json_t *request, const char *key)
{
    return json_integer_value(json_object_get(request, key));
}

static int32_t queue_of(const json_t *request)
{
    return (int32_t)number_of(request, "queue_id");
}

/* The bytes of a key in base64: to be freed, NULL when they are no base64. */
static void *bytes_of(const json_t *request, const char *key, size_t *ret_size_bytes)
{
    const char *text = text_of(request, key);
    uint8_t *bytes = malloc(strlen(text) + 1);
    ssize_t size = bytes == NULL ? -ENOMEM : base64_decode(text, strlen(text), bytes);
    if (size < 0) {
        free(bytes);
        return NULL;
    }
    *ret_size_bytes = (size_t)size;
    return bytes;
}

static json_t *answer_hello(struct program *program, const json_t *request)
{
    (void)program;
    (void)request;
    return json_pack("{s:i, s:s, s:[s, s], s:[s, s]}", "protocol", 1, "program", "example", "can",
                     "commit", "recover", "points", "put/acknowledged", "clock/ms");
}

/* Leaves the store as a kill would, or, when it is to be stopped, as a broker that was shut down.
 */
static int close_store(struct program *program, bool is_stopped, struct err *err)
{
    int r = program->store == NULL ? 0 : store_close(program->store, is_stopped, err);
    program->store = NULL;
    program->disk = disk_free(program->disk);
    return r;
}

/* Opens the store in `path`, with the options that stand in `request`. */
static int open_store(struct program *program, const char *path, const json_t *request,
                      struct err *err)
{
    struct store_options options = {
        .mode = strcmp(text_of(request, "mode"), "dledger") == 0 ? STORE_MODE_DLEDGER
                                                                 : STORE_MODE_COMMITLOG,
        .flush =
            strcmp(text_of(request, "flush"), "async") == 0 ? STORE_FLUSH_ASYNC : STORE_FLUSH_SYNC,
        .services = STORE_SERVICES_THREADS,
        .log_file_size_bytes = (uint64_t)number_of(request, "log_file_size"),
        .queue_file_units = (uint32_t)number_of(request, "queue_file_units"),
        .index_file_units = (uint32_t)number_of(request, "index_file_units"),
        .message_v2 = json_is_true(json_object_get(request, "message_v2")),
        .quirks = quirk_of_profile(QUIRK_PROFILE_FIXED),
    };
    int dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* for the process's whole life */
    if (dir_fd < 0 || disk_posix_new(dir_fd, false, NULL, &program->disk) < 0) {
        return err_set(err, -EIO, "open directory '%s': %s", path, strerror(errno));
    }
    int r =
        store_open(&options, program->disk, &program->env, &program->sink, &program->store, err);
    if (r < 0) {
        program->store = NULL;
        (void)close_store(program, false, NULL);
    }
    return r;
}

static json_t *answer_open(struct program *program, const json_t *request)
{
    struct err err = ERR_INIT;
    int r = open_store(program, text_of(request, "dir"), request, &err);
    return make_result(r, &err);
}

static void on_done(void *arg, const struct store_put_result *result)
{
    struct asked *asked = arg;
    if (asked->id > 0) {
        print_answer(
            asked->program, asked->id,
            json_pack("{s:s, s:I, s:I, s:I, s:I}", "status", types_put_status_name(result->status),
                      "queue_offset", (json_int_t)result->queue_offset, "physical_offset",
                      (json_int_t)result->physical_offset, "size", (json_int_t)result->size_bytes,
                      "store_timestamp_ms", (json_int_t)result->store_timestamp_ms));
    }
    asked->program->unanswered--;
    free(asked);
}

/* Gives the message to the store, which answers from here or from its flusher's thread; a put
 * without an id has been answered. */
static json_t *write_put(struct program *program, const json_t *request)
{
    struct store_message message = {
        .topic = text_of(request, "topic"),
        .queue_id = queue_of(request),
        .flag = (int32_t)number_of(request, "flag"),
        .sys_flag = (int32_t)number_of(request, "sys_flag"),
        .born_timestamp_ms = number_of(request, "born_timestamp_ms"),
        .reconsume_times = (int32_t)number_of(request, "reconsume_times"),
        .prepared_transaction_offset = number_of(request, "prepared_transaction_offset"),
        .wait = !json_is_false(json_object_get(request, "wait")),
    };
    size_t host_size_bytes = 0;
    json_t *answer = NULL;
    void *body = bytes_of(request, "body", &message.body_size_bytes);
    void *properties = bytes_of(request, "properties", &message.properties_size_bytes);
    void *host = bytes_of(request, "born_address", &host_size_bytes);
    struct asked *asked = malloc(sizeof(*asked));
    if (body == NULL || properties == NULL || host == NULL || asked == NULL ||
        (host_size_bytes != 4 && host_size_bytes != 16)) {
        answer = make_error("bad-request", "a key of the put has no good value");
        free(asked);
        goto out;
    }
    message.body = body;
    message.properties = properties;
    message.born_host.address_size_bytes = (uint8_t)host_size_bytes;
    message.born_host.port = (int32_t)number_of(request, "born_port");
    memcpy(message.born_host.address, host, host_size_bytes);
    *asked = (struct asked){program, number_of(request, "id")};
    program->unanswered++;
    if (store_put(program->store, &message, on_done, asked) < 0) {
        answer = make_error("failed", "the store did not take the put");
        program->unanswered--;
        free(asked);
    }
out:
    free(body);
    free(properties);
    free(host);
    return answer;
}

/* Until all puts are answered and can be read. */
static void wait_all(struct program *program)
{
    while (program->unanswered > 0 || (store_is_writable(program->store) &&
                                       store_has_work(program->store, STORE_SERVICE_DISPATCH))) {
        (void)usleep(POLL_WAIT_US);
    }
}

static void write_held(struct program *program)
{
    if (program->held != NULL) {
        json_decref(write_put(program, program->held));
        json_decref(program->held);
        program->held = NULL;
    }
}

/* With the bug, what was acknowledged last is written now, and this put acknowledged instead, with
 * the place that it is going to have. */
static json_t *answer_put(struct program *program, const json_t *request)
{
    if (!program->is_early) {
        return write_put(program, request);
    }
    write_held(program);
    wait_all(program);
    program->held = json_copy((json_t *)(uintptr_t)request);
    (void)json_object_del(program->held, "id");
    return json_pack(
        "{s:s, s:I, s:I, s:i, s:i}", "status", "PUT_OK", "queue_offset",
        (json_int_t)store_max_offset(program->store, text_of(request, "topic"), queue_of(request)),
        "physical_offset", (json_int_t)store_log_max(program->store), "size", 0,
        "store_timestamp_ms", 0);
}

static json_t *answer_get(struct program *program, const json_t *request)
{
    struct err err = ERR_INIT;
    struct store_record record;
    int r = store_get(program->store, text_of(request, "topic"), queue_of(request),
                      number_of(request, "queue_offset"), &record, &err);
    return r < 0 ? make_result(r, &err)
                 : json_pack("{s:o, s:I, s:I}", "record",
                             base64_json(record.record, record.size_bytes), "physical_offset",
                             (json_int_t)record.physical_offset, "tags_code",
                             (json_int_t)record.tags_code);
}

static json_t *answer_offsets(struct program *program, const json_t *request)
{
    const char *topic = text_of(request, "topic");
    return json_pack("{s:I, s:I}", "min",
                     (json_int_t)store_min_offset(program->store, topic, queue_of(request)), "max",
                     (json_int_t)store_max_offset(program->store, topic, queue_of(request)));
}

static json_t *answer_commit(struct program *program, const json_t *request)
{
    struct err err = ERR_INIT;
    int r =
        store_commit_offset(program->store, text_of(request, "topic"), text_of(request, "group"),
                            queue_of(request), number_of(request, "offset"), &err);
    return make_result(r, &err);
}

static json_t *answer_wait(struct program *program, const json_t *request)
{
    (void)request;
    write_held(program);
    wait_all(program);
    return json_object();
}

static json_t *answer_stop(struct program *program, const json_t *request)
{
    (void)request;
    struct err err = ERR_INIT;
    write_held(program);
    return make_result(close_store(program, true, &err), &err);
}

/* Recovers one store after another, and leaves each as a kill would. */
static json_t *answer_recover(struct program *program, const json_t *request)
{
    const json_t *dirs = json_object_get(request, "dirs");
    json_t *stores = json_array();
    for (size_t i = 0; i < json_array_size(dirs); i++) {
        struct err err = ERR_INIT;
        const char *dir = json_string_value(json_array_get(dirs, i));
        int r = open_store(program, dir == NULL ? "" : dir, request, &err);
        if (r == 0) {
            wait_all(program);
            (void)close_store(program, false, NULL);
        }
        (void)json_array_append_new(stores, make_result(r, &err));
    }
    return json_pack("{s:o}", "stores", stores);
}

static const struct {
    const char *name;
    bool on_open; /* the store has to be open, or has to be closed */
    json_t *(*answer)(struct program *program, const json_t *request);
} requests[] = {
    {"hello", false, answer_hello},     {"open", false, answer_open},
    {"recover", false, answer_recover}, {"put", true, answer_put},
    {"get", true, answer_get},          {"offsets", true, answer_offsets},
    {"commit", true, answer_commit},    {"wait", true, answer_wait},
    {"stop", true, answer_stop},
};

/* The answer to a request; NULL: it comes later, from elsewhere. */
static json_t *answer_to(struct program *program, const json_t *request)
{
    const char *name = text_of(request, "request");
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        if (strcmp(requests[i].name, name) != 0) {
            continue;
        }
        if (requests[i].on_open != (program->store != NULL)) {
            return make_error("bad-request",
                              requests[i].on_open ? "the store is not open" : "the store is open");
        }
        return requests[i].answer(program, request);
    }
    return make_error("unknown-request", name);
}

int main(int argc, char **argv)
{
    static struct program program = {.output = PTHREAD_MUTEX_INITIALIZER};
    char *line = NULL;
    size_t size_bytes = 0;
    ssize_t length = 0;
    env_system(&program.env);
    if (argc == 3 && strcmp(argv[1], "--bug") == 0 && strcmp(argv[2], "ack-early") == 0) {
        program.is_early = true;
    } else if (argc != 1) {
        (void)fprintf(stderr, "usage: %s [--bug ack-early]   (docs/TARGETS.md)\n", argv[0]);
        return 4;
    }
    while ((length = getline(&line, &size_bytes, stdin)) > 0) {
        json_t *request = json_loadb(line, (size_t)length, 0, NULL);
        json_t *answer = request == NULL ? make_error("bad-request", "the line is no JSON object")
                                         : answer_to(&program, request);
        if (answer != NULL) {
            print_answer(&program, number_of(request, "id"), answer);
        }
        json_decref(request);
    }
    free(line);
    (void)close_store(&program, false, NULL);
    return 0;
}
