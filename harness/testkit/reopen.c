/* States, starts and what they did: see reopen.h. */
#include "harness/testkit/reopen.h"

#include "harness/testkit/diskstate.h"
#include "harness/testkit/test.h"
#include "store/disk/disk_posix.h"
#include "store/log/checkpoint.h"

#include <inttypes.h>

#define BEGIN_MS        1767225600000
#define FILE_SIZE_BYTES 1024
#define FILE_UNITS      4
#define BODY_SIZE_BYTES 88 /* with one letter of topic and the CRC: a record of 200 bytes */

static const char *const topics[] = {"t", "u"};

static int64_t now_of(void *arg)
{
    const struct reopen *reopen = arg;
    return reopen->now_ms;
}

/* Adds a word, or counts it when it was the last one. */
static void add_word(struct reopen_line *line, const char *word)
{
    size_t used = strlen(line->text);
    size_t size = strlen(word);
    const char *last = line->text + line->last_at;
    if (line->count > 0 && strncmp(last, word, size) == 0 &&
        (last[size] == '\0' || last[size] == ' ')) {
        line->count++;
        used = line->last_at + size;
        snprintf(line->text + used, sizeof(line->text) - used, " x%u", line->count);
        return;
    }
    line->last_at = used + (used > 0);
    line->count = 1;
    snprintf(line->text + used, sizeof(line->text) - used, "%s%s", used > 0 ? " " : "", word);
}

static void note_event(void *arg, enum event event, uint64_t offset, const char *text)
{
    struct reopen *reopen = arg;
    char word[128];
    (void)text;
    snprintf(word, sizeof(word), "%s@%" PRIu64, event_name(event), offset);
    if (event != EVENT_OPENED) {
        add_word(&reopen->events, word);
    }
}

/* The path without the room's directory, and without the zeros of a file's number. */
static void short_path(const char *path, char *ret_path, size_t size_bytes)
{
    static const char *const rooms[] = {"consumequeue/", "commitlog/", "dledger-n0/data/",
                                        "dledger-n0/index/"};
    for (size_t i = 0; i < TEST_COUNT(rooms); i++) {
        size_t length = strlen(rooms[i]);
        path += strncmp(path, rooms[i], length) == 0 ? length : 0;
    }
    const char *name = strrchr(path, '/');
    name = name == NULL ? path : name + 1;
    size_t zeros = strlen(name) == 20 ? strspn(name, "0") : 0;
    zeros = zeros == 20 ? 19 : zeros;
    snprintf(ret_path, size_bytes, "%.*s%s", (int)(name - path), path, name + zeros);
}

static void note_effect(void *arg, const struct disk_call *call, int64_t result)
{
    struct reopen *reopen = arg;
    const char *point = point_name(call->point);
    bool is_usual = strncmp(point, "lock/", 5) == 0 || strncmp(point, "abort/", 6) == 0;
    if (!point_is_mutating(call->point) || result < 0 || (is_usual && !reopen->tells_all)) {
        return;
    }
    char path[256];
    char word[512];
    short_path(call->path, path, sizeof(path));
    int n = snprintf(word, sizeof(word), "%s %s", point, path[0] == '\0' ? "." : path);
    if (call->op == POINT_OP_WRITE) {
        snprintf(word + n, sizeof(word) - (size_t)n, "@%" PRIu64 "+%" PRIu64, call->offset,
                 call->size_bytes);
    }
    add_word(&reopen->effects, word);
}

/* What is in the directory now is what a kill right before this call leaves. */
static void watch_kill(void *arg, const struct disk_call *call)
{
    struct reopen *reopen = arg;
    if (call->point == reopen->kill_point && reopen->kill_hit > 0 && --reopen->kill_hit == 0) {
        diskstate_copy(reopen->dir.fd, reopen->killed_dir.fd);
        reopen->is_killed = true;
    }
}

struct reopen *reopen_new(enum store_mode mode)
{
    struct reopen *reopen = calloc(1, sizeof(*reopen));
    assert_non_null(reopen);
    tmpdir_make(&reopen->dir);
    reopen->kill_point = POINT_COUNT;
    reopen->now_ms = BEGIN_MS;
    reopen->env = (struct env){.arg = reopen, .now_ms = now_of, .pid = 4711};
    reopen->env.store_host = (struct env_host){{127, 0, 0, 1}, 4, 10911};
    reopen->maker = (struct storemaker){
        .is_dledger = mode == STORE_MODE_DLEDGER,
        .with_crc = true,
        .log_file_size_bytes = FILE_SIZE_BYTES,
        .queue_file_units = FILE_UNITS,
    };
    storemaker_init(&reopen->maker);
    reopen->options = (struct store_options){
        .mode = mode,
        .flush = STORE_FLUSH_SYNC,
        .services = STORE_SERVICES_MANUAL,
        .log_file_size_bytes = FILE_SIZE_BYTES,
        .queue_file_units = FILE_UNITS,
        .index_file_units = FILE_UNITS,
        .quirks = quirk_of_profile(QUIRK_PROFILE_FIXED),
    };
    return reopen;
}

void reopen_free(struct reopen *reopen)
{
    if (reopen->store != NULL) {
        reopen_close(reopen, false);
    }
    storemaker_done(&reopen->maker);
    tmpdir_remove(&reopen->dir);
    free(reopen);
}

int reopen_open(struct reopen *reopen)
{
    struct event_sink sink = {.arg = reopen, .emit = note_event};
    struct disk_observer observer = {.arg = reopen, .begin = watch_kill, .end = note_effect};
    reopen->events = (struct reopen_line){.count = 0};
    reopen->effects = (struct reopen_line){.count = 0};
    reopen->err = (struct err)ERR_INIT;
    assert_null(reopen->store);
    assert_int_equal(disk_posix_new(reopen->dir.fd, reopen->has_faults, &observer, &reopen->disk),
                     0);
    int r = store_open(&reopen->options, reopen->disk, &reopen->env, &sink, &reopen->store,
                       &reopen->err);
    if (r < 0) {
        reopen->disk = disk_free(reopen->disk);
    }
    return r;
}

void reopen_close(struct reopen *reopen, bool graceful)
{
    test_ok(store_close(reopen->store, graceful, &reopen->err), reopen->err);
    reopen->store = NULL;
    reopen->disk = disk_free(reopen->disk);
}

static void put_done(void *arg, const struct store_put_result *result)
{
    struct store_put_result *ret_result = arg;
    *ret_result = *result;
}

/* The result is told at once when a put is not to wait for its sync. */
static struct store_put_result put(struct reopen *reopen, const char *topic, bool wait)
{
    static char body[BODY_SIZE_BYTES];
    static struct store_put_result result; /* completions may come after this returns */
    memset(body, 'b', sizeof(body));
    struct store_message message = {
        .topic = topic,
        .born_timestamp_ms = reopen->now_ms,
        .born_host = reopen->env.store_host,
        .body = body,
        .body_size_bytes = sizeof(body),
        .wait = wait,
    };
    result = (struct store_put_result){.status = STORE_PUT_UNKNOWN_ERROR};
    assert_int_equal(store_put(reopen->store, &message, put_done, &result), 0);
    return result;
}

void reopen_put(struct reopen *reopen, const char *topic)
{
    reopen->now_ms += 10;
    (void)put(reopen, topic, true);
}

void reopen_step(struct reopen *reopen, enum store_service service)
{
    while (store_step(reopen->store, service, &reopen->err) > 0) {
    }
}

void reopen_settle(struct reopen *reopen)
{
    for (int round = 0; round < 3; round++) {
        reopen->now_ms += 4000;
        reopen_step(reopen, STORE_SERVICE_RETENTION);
        reopen_step(reopen, STORE_SERVICE_LOG_FLUSH);
        reopen_step(reopen, STORE_SERVICE_DISPATCH);
        reopen_step(reopen, STORE_SERVICE_QUEUE_FLUSH);
        reopen_step(reopen, STORE_SERVICE_CHECKPOINT);
    }
}

static void arm_kill(struct reopen *reopen, enum point point, unsigned hit)
{
    tmpdir_make(&reopen->killed_dir);
    reopen->kill_point = point;
    reopen->kill_hit = hit;
    reopen->is_killed = false;
}

/* From here on the directory is the one that the kill left. */
static void take_killed(struct reopen *reopen)
{
    enum point point = reopen->kill_point;
    reopen->kill_point = POINT_COUNT;
    if (point != POINT_COUNT && !reopen->is_killed) {
        fail_msg("nothing comes to %s", point_name(point));
    }
    struct tmpdir other = reopen->is_killed ? reopen->dir : reopen->killed_dir;
    reopen->dir = reopen->is_killed ? reopen->killed_dir : reopen->dir;
    tmpdir_remove(&other);
}

static void run_life(struct reopen *reopen, void (*life)(struct reopen *), enum point point,
                     unsigned hit, bool graceful)
{
    test_ok(reopen_open(reopen), reopen->err);
    arm_kill(reopen, point, hit);
    life(reopen);
    reopen_close(reopen, graceful);
    take_killed(reopen);
}

void reopen_life(struct reopen *reopen, void (*life)(struct reopen *), enum point point,
                 unsigned hit)
{
    run_life(reopen, life, point, hit, false);
}

void reopen_life_stopped(struct reopen *reopen, void (*life)(struct reopen *), enum point point,
                         unsigned hit)
{
    run_life(reopen, life, point, hit, true);
}

void reopen_start_killed(struct reopen *reopen, enum point point, unsigned hit)
{
    arm_kill(reopen, point, hit);
    test_ok(reopen_open(reopen), reopen->err);
    reopen_close(reopen, false);
    take_killed(reopen);
}

struct storemaker_record reopen_make(struct reopen *reopen, const char *topic,
                                     const struct storemaker_message *message)
{
    char body[REOPEN_RECORD_SIZE_BYTES];
    struct storemaker_message whole = {.queue_offset = -1};
    memset(body, 'b', sizeof(body));
    whole = message == NULL ? whole : *message;
    whole.topic = topic;
    whole.body = body;
    whole.body_size_bytes =
        BODY_SIZE_BYTES + (reopen->maker.with_crc ? 0 : STOREMAKER_RECORD_CRC_BYTES);
    if (whole.store_timestamp_ms == 0) {
        whole.store_timestamp_ms = reopen->now_ms += 10;
    }
    return storemaker_put(&reopen->maker, &whole);
}

void reopen_made(struct reopen *reopen)
{
    static const char *const plain[] = {"commitlog", "consumequeue", "config"};
    static const char *const dledger[] = {"dledger-n0/data", "dledger-n0/index", "consumequeue",
                                          "config"};
    bool is_dledger = reopen->maker.is_dledger;
    for (size_t i = 0; i < (is_dledger ? TEST_COUNT(dledger) : TEST_COUNT(plain)); i++) {
        diskstate_mkdir(reopen->dir.fd, is_dledger ? dledger[i] : plain[i]);
    }
    storemaker_save(&reopen->maker, reopen->dir.fd);
}

static void add_text(char *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add_text(char *line, const char *format, ...)
{
    size_t used = strlen(line);
    va_list args;
    va_start(args, format);
    vsnprintf(line + used, REOPEN_LINE_SIZE_BYTES - used, format, args);
    va_end(args);
}

static void tell_contents(struct reopen *reopen, char *line)
{
    add_text(line, "log %" PRIu64 "..%" PRIu64, store_log_min(reopen->store),
             store_log_max(reopen->store));
    for (size_t i = 0; i < TEST_COUNT(topics); i++) {
        int64_t max = store_max_offset(reopen->store, topics[i], 0);
        if (max > 0) {
            add_text(line, " %s %" PRId64 "..%" PRId64, topics[i],
                     store_min_offset(reopen->store, topics[i], 0), max);
        }
    }
}

static void tell_page(struct reopen *reopen, char *line)
{
    if (diskstate_size(reopen->dir.fd, CHECKPOINT_PATH) != CHECKPOINT_SIZE_BYTES) {
        add_text(line, " no page");
        return;
    }
    struct checkpoint_page page;
    uint8_t *at = diskstate_read(reopen->dir.fd, CHECKPOINT_PATH, NULL);
    checkpoint_decode(at, &page);
    free(at);
    int64_t physic = page.physic_msg_timestamp_ms;
    int64_t logics = page.logics_msg_timestamp_ms;
    if (page.has_mark) {
        add_text(line, " mark %" PRIu64 "%s", page.mark.physical_offset,
                 page.mark.flags == CHECKPOINT_FLAG_RECORD_CRC ? "" : " no crc");
    }
    if (page.has_mark && page.mark.next_index >= 0) {
        add_text(line, " index %" PRId64 " term %" PRId64, page.mark.next_index, page.mark.term);
    }
    add_text(line, " ms %" PRId64 " %" PRId64, physic == 0 ? 0 : physic - BEGIN_MS,
             logics == 0 ? 0 : logics - BEGIN_MS);
}

static void tell_committed(struct reopen *reopen, char *line)
{
    if (diskstate_exists(reopen->dir.fd, "dledger-n0/checkpoint")) {
        char *text = (char *)diskstate_read(reopen->dir.fd, "dledger-n0/checkpoint", NULL);
        int end = -2;
        int committed = -2;
        sscanf(text, "endIndex=%d\ncommittedIndex=%d", &end, &committed);
        add_text(line, " committed %d of %d", committed, end);
        free(text);
    }
}

/* What the services make of it: all that recovery leaves in memory goes into pages. */
static void tell_settled(struct reopen *reopen, char *line)
{
    reopen_settle(reopen);
    add_text(line, ", then ");
    tell_contents(reopen, line);
    tell_page(reopen, line);
    tell_committed(reopen, line);
}

/* Contents at the start, after the services ran, and after one more put. */
static void tell_all(struct reopen *reopen, char *line)
{
    tell_contents(reopen, line);
    if (reopen->has_faults) {
        return;
    }
    tell_settled(reopen, line);
    assert_int_equal(put(reopen, "t", false).status, STORE_PUT_OK);
    tell_settled(reopen, line);
}

/* Every unit must serve its record. */
static void read_all(struct reopen *reopen)
{
    for (size_t i = 0; i < TEST_COUNT(topics); i++) {
        int64_t max = store_max_offset(reopen->store, topics[i], 0);
        for (int64_t at = store_min_offset(reopen->store, topics[i], 0); at < max; at++) {
            struct store_record record;
            test_ok(store_get(reopen->store, topics[i], 0, at, &record, &reopen->err), reopen->err);
        }
    }
}

/* What recovery left is what a scan of all of it finds: it says nothing but that it looked. */
static void check_sound(struct reopen *reopen)
{
    char before[REOPEN_LINE_SIZE_BYTES] = "";
    char after[REOPEN_LINE_SIZE_BYTES] = "";
    char events[256];
    read_all(reopen);
    tell_contents(reopen, before);
    uint64_t min = store_log_min(reopen->store);
    reopen_close(reopen, true);
    diskstate_unlink(reopen->dir.fd, CHECKPOINT_PATH);
    test_ok(reopen_open(reopen), reopen->err);
    tell_contents(reopen, after);
    assert_string_equal(before, after);
    snprintf(events, sizeof(events),
             "recovery-normal@0 mark-rejected@0 recovery-full-scan@%" PRIu64
             " recovery-found-records@%" PRIu64,
             min, min);
    assert_string_equal(reopen->events.text, events);
    read_all(reopen);
}

void reopen_expect_at(struct reopen *reopen, const char *events, const char *effects,
                      const char *contents, int line)
{
    char now[REOPEN_LINE_SIZE_BYTES] = "";
    struct quirk_set fixed = quirk_of_profile(QUIRK_PROFILE_FIXED);
    bool is_guarded = memcmp(&reopen->options.quirks, &fixed, sizeof(fixed)) == 0;
    test_ok(reopen_open(reopen), reopen->err);
    struct reopen_line said = reopen->events;
    struct reopen_line did = reopen->effects;
    if (is_guarded && !reopen->has_faults) {
        read_all(reopen);
    }
    tell_all(reopen, now);
    if (strcmp(events, said.text) != 0 || strcmp(effects, did.text) != 0 ||
        strcmp(contents, now) != 0) {
        printf("GOT %d|%s|%s|%s\n", line, said.text, did.text, now);
    }
    assert_string_equal(said.text, events);
    assert_string_equal(did.text, effects);
    assert_string_equal(now, contents);
    if (is_guarded && !reopen->has_faults) {
        check_sound(reopen);
    }
}

void reopen_expect_refusal(struct reopen *reopen, int code, const char *part)
{
    test_code(reopen_open(reopen), code);
    test_contains(reopen->err.text, part);
    assert_string_equal(reopen->effects.text, "");
}
