/* Requests out, answers in; and the kills that are planned for what can be seen from outside.
 *
 * Everything happens in the calls of one thread: whoever waits for an answer looks at the clock
 * about once a millisecond, so that a fault strikes in the middle of any request. */
#include "harness/target/target_program.h"

#include "harness/base/monotonic.h"
#include "harness/base/real_place.h"
#include "harness/case/points.h"
#include "harness/oracle/rules/ledger.h"
#include "harness/plan/arm.h"
#include "harness/target/base64.h"
#include "harness/target/line_client.h"
#include "store/base/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX          "program:"
#define FILE_FORMAT     "%.*s/killpoint-%s-target"
#define PASS_MS         1
#define RECORD_SIZE_MAX LINE_CLIENT_LINE_SIZE_BYTES_MAX

struct program {
    struct target *target;
    struct line_client *client;
    struct arm *arm;
    int64_t start_us;
    const struct fault *due; /* its moment has come */
    bool is_wrong;           /* an acknowledgement said too little */
    struct buffer record;    /* what was served last */
};

/* Who waits for the answer to a put. */
struct asked_put {
    struct program *program;
    store_put_done done;
    void *arg;
};

/* "NAME" of "program:NAME"; "real-VERSION" as it is. */
static const char *name_of(const char *target)
{
    return strncmp(target, PREFIX, sizeof(PREFIX) - 1) == 0 ? target + sizeof(PREFIX) - 1 : target;
}

static bool is_executable(const char *path)
{
    return access(path, X_OK) == 0;
}

int target_program_find(const char *target, char ret_path[TARGET_PROGRAM_PATH_SIZE_BYTES],
                        struct err *err)
{
    const char *name = name_of(target);
    if (points_of(target) == &points_real) {
        return real_place_program(target, ret_path, err);
    }
    char own[TARGET_PROGRAM_PATH_SIZE_BYTES];
    ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);
    own[length < 0 ? 0 : length] = '\0';
    const char *slash = strrchr(own, '/');
    int size = snprintf(ret_path, TARGET_PROGRAM_PATH_SIZE_BYTES, FILE_FORMAT,
                        slash == NULL ? 0 : (int)(slash - own), own, name);
    if (size < TARGET_PROGRAM_PATH_SIZE_BYTES && is_executable(ret_path)) {
        return 0;
    }
    const char *path = getenv("PATH"); // NOLINT(concurrency-mt-unsafe): nothing sets it
    while (path != NULL && *path != '\0') {
        int dir_length = (int)strcspn(path, ":");
        size =
            snprintf(ret_path, TARGET_PROGRAM_PATH_SIZE_BYTES, FILE_FORMAT, dir_length, path, name);
        if (dir_length > 0 && size < TARGET_PROGRAM_PATH_SIZE_BYTES && is_executable(ret_path)) {
            return 0;
        }
        path += dir_length + (path[dir_length] == ':' ? 1 : 0);
    }
    return err_set(err, ERR_USAGE,
                   "the target '%s' needs a program 'killpoint-%s-target' beside the worker or in "
                   "$PATH: put it there, or run the scenarios without it",
                   target, name);
}

/* The process has failed, not the store: nothing that it said or left unsaid is a finding. */
static int set_fate(struct program *program, int code, const char *text)
{
    struct target *target = program->target;
    if (target->fate.code == 0) {
        (void)err_set(&target->fate, code, "%s", text);
        target->fate_signal = code == ERR_STOPPED ? line_client_signal(program->client) : 0;
    }
    return code;
}

/* The end of the program, as planned, and of this process with it: nothing runs on in between. */
static _Noreturn void strike(const struct program *program)
{
    if (program->due->kind == FAULT_POD_KILL) {
        line_client_terminate(program->client, (uint32_t)program->due->arg);
    }
    line_client_kill(program->client);
    arm_die();
}

/* Takes what the program says within a moment, and strikes when it is time. */
static int take(struct program *program, struct err *err)
{
    struct err failure = ERR_INIT;
    int r = line_client_pump(program->client, PASS_MS, &failure);
    uint32_t ms = (uint32_t)((monotonic_us() - program->start_us) / 1000);
    if (program->due == NULL) {
        program->due = arm_reach(program->arm, POINTS_CLOCK_MS, ms);
    }
    if (program->due != NULL) {
        strike(program);
    }
    if (r >= 0 && program->is_wrong) {
        r = -EPROTO;
        (void)err_set(&failure, r, "the program acknowledged a put without saying where it lies");
    }
    if (r < 0) {
        (void)set_fate(program, r, failure.text);
        return err_set(err, r, "%s", failure.text);
    }
    return 0;
}

/* What it met since its last answer, of a kind that tells. */
static void take_events(const struct program *program, const json_t *answer)
{
    const struct target *target = program->target;
    const json_t *names = json_object_get(answer, "events");
    for (size_t i = 0; target_can(target, TARGET_CAN_EVENTS) && i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        enum event event = name == NULL ? EVENT_COUNT : event_find(name);
        if (event != EVENT_COUNT) {
            event_emit(&target->sink, event, 0, "%s", "");
        }
    }
}

static void keep_answer(void *arg, json_t *answer)
{
    json_t **kept = arg;
    *kept = json_incref(answer);
}

/* Asks and waits.  0 with the answer, which the caller owns; or the code of its error. */
static int ask(struct program *program, json_t *request, json_t **ret_answer, struct err *err)
{
    struct err failure = ERR_INIT;
    json_t *answer = NULL;
    int r = line_client_send(program->client, request, keep_answer, &answer, &failure);
    if (r < 0) {
        (void)set_fate(program, r, failure.text);
        return err_set(err, r, "%s", failure.text);
    }
    while (r == 0 && answer == NULL) {
        r = take(program, err);
    }
    if (r == 0) {
        take_events(program, answer);
        r = line_client_error(answer, err);
    }
    if (r < 0) {
        json_decref(answer);
        return r;
    }
    *ret_answer = answer;
    return 0;
}

/* The same of a request whose answer says nothing else. */
static int tell(struct program *program, json_t *request, struct err *err)
{
    json_t *answer = NULL;
    int r = ask(program, request, &answer, err);
    json_decref(answer);
    return r;
}

/* Frees; what runs of it is killed. */
static void end(struct program *program)
{
    (void)line_client_free(program->client);
    buffer_done(&program->record);
    free(program);
}

/* What is planned must be able to happen. */
static int check_points(struct program *program)
{
    for (uint32_t i = 0; i < program->arm->fault_count; i++) {
        const char *name =
            points_name(program->target->kind->points, program->arm->faults[i].planned.point);
        if (!line_client_offers(program->client, "points", name)) {
            char text[128];
            (void)snprintf(text, sizeof(text), "the program does not offer the point '%s'", name);
            return set_fate(program, ERR_BROKEN, text);
        }
    }
    return 0;
}

/* A program is given a name, not a descriptor. */
static int name_place(const struct place *place, char ret_dir[TARGET_PROGRAM_PATH_SIZE_BYTES],
                      struct err *err)
{
    char link[64];
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", place->dir_fd);
    ssize_t length = readlink(link, ret_dir, TARGET_PROGRAM_PATH_SIZE_BYTES - 1);
    if (length < 0) {
        return err_set(err, -errno, "the store's directory has no name: %s", strerror(errno));
    }
    ret_dir[length] = '\0';
    return 0;
}

/* Names the place, starts the program and says hello.  What goes wrong with it is its fate. */
static int begin(struct target *target, const struct target_start *start,
                 char ret_dir[TARGET_PROGRAM_PATH_SIZE_BYTES], struct program **ret_program,
                 struct err *err)
{
    char path[TARGET_PROGRAM_PATH_SIZE_BYTES];
    char *argv[] = {path, NULL};
    struct err failure = ERR_INIT;
    const struct line_client_options options = {name_of(start->name), argv, start->timeout_ms};
    int r = name_place(start->place, ret_dir, err);
    if (r < 0) {
        return r;
    }
    struct program *program = calloc(1, sizeof(*program));
    if (program == NULL) {
        return err_set(err, -ENOMEM, "out of memory for a program");
    }
    program->target = target;
    program->arm = start->arm;
    program->start_us = monotonic_us();
    buffer_init(&program->record, RECORD_SIZE_MAX);
    r = target_program_find(start->name, path, &failure);
    if (r == 0) {
        r = line_client_start(&options, &program->client, &failure);
    }
    if (r < 0) {
        r = set_fate(program, ERR_BROKEN, failure.text);
        goto out;
    }
    r = line_client_hello(program->client, &failure);
    if (r < 0) {
        (void)set_fate(program, r, failure.text);
        goto out;
    }
    r = check_points(program);
out:
    if (r < 0) {
        end(program);
        return err_set(err, r, "%s", target->fate.text);
    }
    *ret_program = program;
    return 0;
}

/* `request` with the store's options. */
static json_t *with_options(json_t *request, const struct store_options *options)
{
    json_t *given =
        json_pack("{s:s, s:s, s:I, s:I, s:I, s:b}", "mode",
                  options->mode == STORE_MODE_DLEDGER ? "dledger" : "commitlog", "flush",
                  options->flush == STORE_FLUSH_SYNC ? "sync" : "async", "log_file_size",
                  (json_int_t)options->log_file_size_bytes, "queue_file_units",
                  (json_int_t)options->queue_file_units, "index_file_units",
                  (json_int_t)options->index_file_units, "message_v2", options->message_v2 ? 1 : 0);
    (void)json_object_update(request, given);
    json_decref(given);
    return request;
}

static int program_open(struct target *target, const struct target_start *start, struct err *err)
{
    char dir[TARGET_PROGRAM_PATH_SIZE_BYTES];
    struct program *program = NULL;
    int r = begin(target, start, dir, &program, err);
    if (r < 0) {
        return r;
    }
    r = tell(program,
             with_options(json_pack("{s:s, s:s}", "request", "open", "dir", dir), start->options),
             err);
    if (r < 0) {
        end(program);
        return r;
    }
    target->state = program;
    return 0;
}

static int program_recover(struct target *target, const struct target_start *start, struct err *err)
{
    char dir[TARGET_PROGRAM_PATH_SIZE_BYTES];
    struct program *program = NULL;
    json_t *answer = NULL;
    int r = begin(target, start, dir, &program, err);
    if (r < 0) {
        return r;
    }
    if (!line_client_offers(program->client, "can", "recover")) {
        r = -ENOSYS;
        goto out;
    }
    r = ask(
        program,
        with_options(json_pack("{s:s, s:[s]}", "request", "recover", "dirs", dir), start->options),
        &answer, err);
    if (r == 0) {
        r = line_client_error(json_array_get(json_object_get(answer, "stores"), 0), err);
    }
out:
    json_decref(answer);
    end(program);
    return r;
}

static int program_stop(struct target *target, struct err *err)
{
    struct program *program = target->state;
    int r = tell(program, json_pack("{s:s}", "request", "stop"), err);
    end(program);
    return r;
}

static void program_kill(struct target *target)
{
    end(target->state);
}

static enum store_put_status find_status(const char *name)
{
    for (unsigned i = 0; name != NULL && i < STORE_PUT_STATUS_COUNT; i++) {
        if (strcmp(types_put_status_name((enum store_put_status)i), name) == 0) {
            return (enum store_put_status)i;
        }
    }
    return STORE_PUT_UNKNOWN_ERROR;
}

/* An answer to a put.  It is told at once; what is planned for it waits until the client is done
 * with what it has read. */
static void on_put_answer(void *arg, json_t *answer)
{
    struct asked_put *put = arg;
    struct program *program = put->program;
    const json_t *queue_offset = json_object_get(answer, "queue_offset");
    const json_t *physical_offset = json_object_get(answer, "physical_offset");
    const json_int_t size = json_integer_value(json_object_get(answer, "size"));
    struct store_put_result result = {
        .status = find_status(json_string_value(json_object_get(answer, "status"))),
        .queue_offset = json_is_integer(queue_offset) ? json_integer_value(queue_offset) : -1,
        .physical_offset = (uint64_t)json_integer_value(physical_offset),
        .size_bytes = size <= 0 ? LEDGER_SIZE_UNTOLD : (uint32_t)size,
        .store_timestamp_ms = json_integer_value(json_object_get(answer, "store_timestamp_ms")),
    };
    bool is_acknowledged = result.status == STORE_PUT_OK;
    if (is_acknowledged && !(json_is_integer(queue_offset) && json_is_integer(physical_offset))) {
        program->is_wrong = true;
    }
    take_events(program, answer);
    put->done(put->arg, &result);
    free(put);
    if (is_acknowledged && program->due == NULL) {
        uint32_t count = atomic_load(&program->arm->hits[POINTS_PUT_ACKNOWLEDGED]) + 1;
        program->due = arm_reach(program->arm, POINTS_PUT_ACKNOWLEDGED, count);
    }
}

static int program_put(struct target *target, const struct store_message *message,
                       store_put_done done, void *arg)
{
    struct program *program = target->state;
    struct err failure = ERR_INIT;
    struct asked_put *put = malloc(sizeof(*put));
    if (put == NULL) {
        return -ENOMEM;
    }
    *put = (struct asked_put){program, done, arg};
    json_t *request =
        json_pack("{s:s, s:s, s:i, s:i, s:i, s:I, s:o, s:i, s:i, s:I, s:o, s:o, s:b}", "request",
                  "put", "topic", message->topic, "queue_id", message->queue_id, "flag",
                  message->flag, "sys_flag", message->sys_flag, "born_timestamp_ms",
                  (json_int_t)message->born_timestamp_ms, "born_address",
                  base64_json(message->born_host.address, message->born_host.address_size_bytes),
                  "born_port", message->born_host.port, "reconsume_times", message->reconsume_times,
                  "prepared_transaction_offset", (json_int_t)message->prepared_transaction_offset,
                  "body", base64_json(message->body, message->body_size_bytes), "properties",
                  base64_json(message->properties, message->properties_size_bytes), "wait",
                  message->wait ? 1 : 0);
    int r = line_client_send(program->client, request, on_put_answer, put, &failure);
    if (r < 0) {
        free(put);
        return set_fate(program, r, failure.text);
    }
    return 0;
}

/* Takes the bytes of an answer to `get`. */
static int take_record(struct program *program, const json_t *answer,
                       struct store_record *ret_record, struct err *err)
{
    const char *text = json_string_value(json_object_get(answer, "record"));
    size_t length = text == NULL ? 0 : strlen(text);
    buffer_clear(&program->record);
    int r = buffer_reserve(&program->record, length + 1);
    if (r < 0) {
        return err_set(err, r, "no memory for a record");
    }
    ssize_t size = base64_decode(text == NULL ? "" : text, length, program->record.data);
    if (size <= 0) {
        return err_set(err, ERR_CORRUPT, "the program serves a 'record' that is no base64");
    }
    *ret_record = (struct store_record){
        .record = program->record.data,
        .size_bytes = (uint32_t)size,
        .physical_offset = (uint64_t)json_integer_value(json_object_get(answer, "physical_offset")),
        .tags_code = json_integer_value(json_object_get(answer, "tags_code")),
    };
    return 0;
}

static int program_get(struct target *target, const char *topic, int32_t queue_id,
                       int64_t queue_offset, struct store_record *ret_record, struct err *err)
{
    struct program *program = target->state;
    json_t *answer = NULL;
    int r = ask(program,
                json_pack("{s:s, s:s, s:i, s:I}", "request", "get", "topic", topic, "queue_id",
                          queue_id, "queue_offset", (json_int_t)queue_offset),
                &answer, err);
    if (r == 0) {
        r = take_record(program, answer, ret_record, err);
    }
    json_decref(answer);
    return r;
}

static int program_offsets(struct target *target, const char *topic, int32_t queue_id,
                           struct served_range *ret_range, struct err *err)
{
    json_t *answer = NULL;
    int r = ask(
        target->state,
        json_pack("{s:s, s:s, s:i}", "request", "offsets", "topic", topic, "queue_id", queue_id),
        &answer, err);
    if (r < 0) {
        return r;
    }
    ret_range->min = json_integer_value(json_object_get(answer, "min"));
    ret_range->max = json_integer_value(json_object_get(answer, "max"));
    json_decref(answer);
    return 0;
}

static int program_commit(struct target *target, const char *topic, const char *group,
                          int32_t queue_id, int64_t offset, struct err *err)
{
    return tell(target->state,
                json_pack("{s:s, s:s, s:s, s:i, s:I}", "request", "commit", "topic", topic, "group",
                          group, "queue_id", queue_id, "offset", (json_int_t)offset),
                err);
}

static int program_wait(struct target *target, struct err *err)
{
    return tell(target->state, json_pack("{s:s}", "request", "wait"), err);
}

static int program_pass(struct target *target, struct err *err)
{
    return take(target->state, err);
}

#define FUNCTIONS                                                                                 \
    .clock = TARGET_CLOCK_REAL, .open = program_open, .stop = program_stop, .kill = program_kill, \
    .put = program_put, .get = program_get, .offsets = program_offsets, .commit = program_commit, \
    .wait = program_wait, .pass = program_pass, .recover = program_recover

static const struct target_kind program_kind = {
    .name = "program", .points = &points_program, FUNCTIONS};

static const struct target_kind real_kind = {
    .name = "real", .can = TARGET_CAN_EVENTS, .points = &points_real, FUNCTIONS};

const struct target_kind *target_program_kind(void)
{
    return &program_kind;
}

const struct target_kind *target_program_kind_real(void)
{
    return &real_kind;
}
