/* Pipes, one poll over all of them, and a list of what was asked. */
#include "harness/target/line_client.h"

#include "harness/base/monotonic.h"
#include "harness/base/process.h"
#include "store/base/buffer.h"
#include "store/base/grow.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/syscall.h>

#define READ_SIZE_BYTES    ((size_t)64 << 10)
#define UNSENT_SIZE_MAX    (8 * LINE_CLIENT_LINE_SIZE_BYTES_MAX)
#define WORDS_SIZE_BYTES   256u
#define WHAT_SIZE_BYTES    24
#define SHOWN_LENGTH_MAX   60
#define END_WAIT_MS        1000 /* from the end of its output to its own */
#define ORPHAN_EXIT_STATUS 127

/* A request that waits for its answer. */
struct pending {
    json_int_t id;
    int64_t deadline_us;
    char what[WHAT_SIZE_BYTES];
    line_client_done done;
    void *arg;
};

struct line_client {
    const char *name;
    uint32_t timeout_ms;
    pid_t pid;
    int pid_fd;
    int in_fd;    /* what it reads */
    int out_fd;   /* what it prints */
    int error_fd; /* -1: closed */
    bool has_ended;
    struct process_end end;  /* once it has ended */
    struct pending *pending; /* in the order of asking, so the first is due first */
    uint32_t pending_count;
    uint32_t pending_capacity;
    json_int_t last_id;
    uint32_t answer_count;
    struct buffer unsent;
    struct buffer line;           /* read and not ended yet */
    char words[WORDS_SIZE_BYTES]; /* the end of what it says on stderr */
    size_t words_size_bytes;
    json_t *hello;
    struct err failed; /* code 0: all is well */
};

/* What it said last on stderr, as much as is there: why it died is there or nowhere. */
static void take_words(struct line_client *client)
{
    char chunk[1024];
    ssize_t length = 0;
    while (client->error_fd >= 0 && (length = read(client->error_fd, chunk, sizeof(chunk))) > 0) {
        size_t fresh = (size_t)length < WORDS_SIZE_BYTES ? (size_t)length : WORDS_SIZE_BYTES;
        size_t kept = client->words_size_bytes;
        kept = kept + fresh > WORDS_SIZE_BYTES ? WORDS_SIZE_BYTES - fresh : kept;
        memmove(client->words, client->words + client->words_size_bytes - kept, kept);
        memcpy(client->words + kept, chunk + (size_t)length - fresh, fresh);
        client->words_size_bytes = kept + fresh;
    }
    if (length == 0 && client->error_fd >= 0) {
        (void)close(client->error_fd);
        client->error_fd = -1;
    }
}

/* Puts the text into one line that a terminal can show, cut to what fits. */
static void show(const char *text, size_t length, char *shown, size_t size_bytes)
{
    size_t count = length < size_bytes - 1 ? length : size_bytes - 1;
    for (size_t i = 0; i < count; i++) {
        shown[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    }
    shown[count] = '\0';
}

/* The last line on stderr that is not empty, without its end. */
static void last_words(const struct line_client *client, char *shown, size_t size_bytes)
{
    size_t end = client->words_size_bytes;
    while (end > 0 && (client->words[end - 1] == '\n' || client->words[end - 1] == '\r')) {
        end--;
    }
    size_t begin = end;
    while (begin > 0 && client->words[begin - 1] != '\n') {
        begin--;
    }
    show(client->words + begin, end - begin, shown, size_bytes);
}

static int repeat_failure(const struct line_client *client, struct err *err)
{
    return err_set(err, client->failed.code, "%s", client->failed.text);
}

/* Ends all talk with the program, and says why. */
static int fail(struct line_client *client, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int fail(struct line_client *client, int code, const char *format, ...)
{
    char what[256];
    char words[WORDS_SIZE_BYTES + 1];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    take_words(client);
    last_words(client, words, sizeof(words));
    return err_set(&client->failed, code, "program '%.64s' %s%s%.120s%s", client->name, what,
                   words[0] == '\0' ? "" : "; its last words: '", words,
                   words[0] == '\0' ? "" : "'");
}

static int fail_showing(struct line_client *client, const char *what, const char *line,
                        size_t length)
{
    char shown[SHOWN_LENGTH_MAX + 1];
    show(line, length, shown, sizeof(shown));
    return fail(client, -EPROTO, "%s: '%s%s'", what, shown, length > SHOWN_LENGTH_MAX ? "..." : "");
}

static bool await_end(const struct line_client *client, int64_t wait_ms)
{
    struct pollfd waited = {client->pid_fd, POLLIN, 0};
    return client->has_ended || poll(&waited, 1, wait_ms < 0 ? 0 : (int)wait_ms) > 0;
}

/* Takes its status, and with it whatever it has started: the group is still its own. */
static void reap(struct line_client *client)
{
    if (!client->has_ended) {
        (void)kill(-client->pid, SIGKILL);
        client->end = process_reap(client->pid);
        client->has_ended = true;
    }
}

/* It has ended, and nobody wanted it to. */
static int fail_ended(struct line_client *client)
{
    reap(client);
    const char *what = client->pending_count > 0 ? client->pending[0].what : "nothing";
    char how[PROCESS_TEXT_SIZE_BYTES];
    process_describe(&client->end, how);
    return fail(client, ERR_STOPPED, "ended by %s, asked for %s", how, what);
}

static int take_answer(struct line_client *client, const char *line, size_t length)
{
    json_t *answer = json_loadb(line, length, 0, NULL);
    const json_t *id = json_object_get(answer, "id");
    uint32_t i = 0;
    int r = 0;
    if (!json_is_object(answer)) {
        r = fail_showing(client, "printed no JSON object", line, length);
        goto out;
    }
    while (i < client->pending_count && json_is_integer(id) &&
           client->pending[i].id != json_integer_value(id)) {
        i++;
    }
    if (!json_is_integer(id) || i == client->pending_count) {
        r = fail_showing(client, "answered what was not asked", line, length);
        goto out;
    }
    struct pending pending = client->pending[i];
    client->pending_count--;
    memmove(client->pending + i, client->pending + i + 1,
            (client->pending_count - i) * sizeof(pending));
    client->answer_count++;
    pending.done(pending.arg, answer);
out:
    json_decref(answer);
    return r;
}

/* Takes all ended lines; `from` is where those not looked at begin. */
static int take_lines(struct line_client *client, size_t from)
{
    struct buffer *buffer = &client->line;
    char *begin = (char *)buffer->data;
    char *end = begin + buffer->size_bytes;
    char *newline = memchr(begin + from, '\n', buffer->size_bytes - from);
    int r = 0;
    while (r == 0 && newline != NULL) {
        size_t length = (size_t)(newline - begin);
        r = length > LINE_CLIENT_LINE_SIZE_BYTES_MAX
                ? fail_showing(client, "printed a line of more than 8 MiB", begin, length)
                : take_answer(client, begin, length);
        begin = newline + 1;
        newline = memchr(begin, '\n', (size_t)(end - begin));
    }
    buffer->size_bytes = (size_t)(end - begin);
    memmove(buffer->data, begin, buffer->size_bytes);
    if (r == 0 && buffer->size_bytes > LINE_CLIENT_LINE_SIZE_BYTES_MAX) {
        r = fail_showing(client, "printed a line of more than 8 MiB", (char *)buffer->data,
                         buffer->size_bytes);
    }
    return r;
}

/* Reads once.  Returns how many bytes, 0 at the end, -EAGAIN, or what take_lines failed with. */
static ssize_t take_output(struct line_client *client)
{
    struct buffer *buffer = &client->line;
    size_t size_bytes = buffer->size_bytes;
    int r = buffer_reserve(buffer, size_bytes + READ_SIZE_BYTES);
    if (r < 0) {
        return fail(client, r, "printed what there is no memory for");
    }
    ssize_t length = read(client->out_fd, buffer->data + size_bytes, READ_SIZE_BYTES);
    if (length <= 0) {
        return length == 0 ? 0 : -EAGAIN;
    }
    buffer->size_bytes += (size_t)length;
    r = take_lines(client, size_bytes);
    return r < 0 ? r : length;
}

/* Writes what the pipe takes.  A program that reads no more shows otherwise what is wrong. */
static void send_some(struct line_client *client)
{
    struct buffer *unsent = &client->unsent;
    ssize_t length = write(client->in_fd, unsent->data, unsent->size_bytes);
    if (length < 0 && errno != EAGAIN && errno != EINTR) {
        length = (ssize_t)unsent->size_bytes;
    }
    if (length > 0) {
        unsent->size_bytes -= (size_t)length;
        memmove(unsent->data, unsent->data + length, unsent->size_bytes);
    }
}

/* One wait for anything at all. */
static int take_turn(struct line_client *client, int64_t wait_us)
{
    struct pollfd fds[] = {
        {client->out_fd, POLLIN, 0},
        {client->error_fd, POLLIN, 0},
        {client->unsent.size_bytes > 0 ? client->in_fd : -1, POLLOUT, 0},
        {client->pid_fd, POLLIN, 0},
    };
    if (poll(fds, sizeof(fds) / sizeof(fds[0]), wait_us <= 0 ? 0 : (int)(wait_us / 1000 + 1)) < 0) {
        return 0; /* a signal: whoever waits looks at the time */
    }
    if (fds[1].revents != 0) {
        take_words(client);
    }
    if (fds[2].revents != 0) {
        send_some(client);
    }
    if (fds[0].revents == 0) {
        return fds[3].revents != 0 ? fail_ended(client) : 0;
    }
    ssize_t length = take_output(client);
    if (length != 0) {
        return length < 0 && length != -EAGAIN ? (int)length : 0;
    }
    return await_end(client, END_WAIT_MS) ? fail_ended(client)
                                          : fail(client, -EPROTO, "closed its output and goes on");
}

int line_client_pump(struct line_client *client, int wait_ms, struct err *err)
{
    int64_t end_us = monotonic_us() + (int64_t)wait_ms * 1000;
    uint32_t before = client->answer_count;
    int64_t now_us = monotonic_us();
    do {
        int64_t until_us = end_us;
        if (client->failed.code < 0) {
            return repeat_failure(client, err);
        }
        if (client->pending_count > 0 && client->pending[0].deadline_us < until_us) {
            until_us = client->pending[0].deadline_us;
        }
        int r = take_turn(client, until_us - now_us);
        now_us = monotonic_us();
        if (r == 0 && client->pending_count > 0 && client->pending[0].deadline_us <= now_us) {
            r = fail(client, -ETIMEDOUT, "hangs: no answer to %s in %" PRIu32 " ms",
                     client->pending[0].what, client->timeout_ms);
        }
        if (r < 0) {
            return repeat_failure(client, err);
        }
    } while (client->answer_count == before && now_us < end_us);
    return (int)(client->answer_count - before);
}

/* Puts the request behind what is to be sent, with an id of its own. */
static int queue_request(struct line_client *client, json_t *request)
{
    if (json_object_set_new(request, "id", json_integer(++client->last_id)) < 0) {
        return -ENOMEM;
    }
    char *text = json_dumps(request, JSON_COMPACT);
    if (text == NULL) {
        return -ENOMEM;
    }
    size_t length = strlen(text);
    int r = -EMSGSIZE;
    if (length <= LINE_CLIENT_LINE_SIZE_BYTES_MAX) {
        text[length] = '\n'; /* in place of its NUL */
        r = buffer_append(&client->unsent, text, length + 1);
    }
    free(text);
    return r;
}

static void expect_answer(struct line_client *client, const json_t *request, line_client_done done,
                          void *arg)
{
    const char *what = json_string_value(json_object_get(request, "request"));
    struct pending *pending = &client->pending[client->pending_count++];
    *pending = (struct pending){.id = client->last_id, .done = done, .arg = arg};
    pending->deadline_us = monotonic_us() + (int64_t)client->timeout_ms * 1000;
    (void)snprintf(pending->what, sizeof(pending->what), "'%s'", what == NULL ? "" : what);
}

int line_client_send(struct line_client *client, json_t *request, line_client_done done, void *arg,
                     struct err *err)
{
    int r = client->failed.code;
    if (r < 0) {
        (void)repeat_failure(client, err);
        goto out;
    }
    r = grow_array((void **)&client->pending, client->pending_count, &client->pending_capacity,
                   sizeof(*client->pending));
    if (r < 0) {
        goto out;
    }
    r = queue_request(client, request);
    if (r < 0) {
        goto out;
    }
    expect_answer(client, request, done, arg);
    send_some(client);
out:
    if (r < 0 && client->failed.code == 0) {
        (void)err_set(err, r, "a request cannot be sent to program '%.64s': %s", client->name,
                      err_name(r));
    }
    json_decref(request);
    return r;
}

static void keep_answer(void *arg, json_t *answer)
{
    json_t **kept = arg;
    *kept = json_incref(answer);
}

int line_client_call(struct line_client *client, json_t *request, json_t **ret_answer,
                     struct err *err)
{
    json_t *answer = NULL;
    int r = line_client_send(client, request, keep_answer, &answer, err);
    while (r >= 0 && answer == NULL) {
        r = line_client_pump(client, (int)client->timeout_ms, err);
    }
    /* The answer counts even when the program failed right behind it. */
    r = answer == NULL ? r : line_client_error(answer, err);
    if (r < 0) {
        json_decref(answer);
        return r;
    }
    *ret_answer = answer;
    return 0;
}

int line_client_error(const json_t *answer, struct err *err)
{
    static const struct {
        const char *name;
        int code;
    } codes[] = {
        {"no-data", -ENODATA},        {"corrupt", ERR_CORRUPT}, {"refused", ERR_REFUSED},
        {"unknown-request", -ENOSYS}, {"bad-request", -EINVAL}, {"failed", -EIO},
    };
    const json_t *error = json_object_get(answer, "error");
    if (error == NULL) {
        return 0;
    }
    const char *name = json_string_value(json_object_get(error, "code"));
    const char *text = json_string_value(json_object_get(error, "text"));
    int code = -EIO;
    for (size_t i = 0; name != NULL && i < sizeof(codes) / sizeof(codes[0]); i++) {
        code = strcmp(codes[i].name, name) == 0 ? codes[i].code : code;
    }
    return err_set(err, code, "%.40s: %.300s", name == NULL ? "failed" : name,
                   text == NULL ? "no text" : text);
}

int line_client_hello(struct line_client *client, struct err *err)
{
    int r = line_client_call(
        client, json_pack("{s:s, s:i}", "request", "hello", "protocol", LINE_CLIENT_PROTOCOL),
        &client->hello, err);
    if (r < 0) {
        return r;
    }
    const json_t *protocol = json_object_get(client->hello, "protocol");
    if (!json_is_integer(protocol) || json_integer_value(protocol) != LINE_CLIENT_PROTOCOL) {
        (void)fail(client, -EPROTO, "speaks protocol %" JSON_INTEGER_FORMAT ", expected %d",
                   json_integer_value(protocol), LINE_CLIENT_PROTOCOL);
        return repeat_failure(client, err);
    }
    return 0;
}

bool line_client_offers(const struct line_client *client, const char *key, const char *word)
{
    const json_t *list = json_object_get(client->hello, key);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *offered = json_string_value(json_array_get(list, i));
        if (offered != NULL && strcmp(offered, word) == 0) {
            return true;
        }
    }
    return false;
}

/* In the child: becomes the program, or says through `status_fd` why not. */
static _Noreturn void be_program(char *const *argv, const int fds[3], int status_fd)
{
    static const int reset[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP};
    sigset_t none;
    /* Out of the group first: what stops the campaign is not to strike the program. */
    bool is_apart = setpgid(0, 0) == 0;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    for (size_t i = 0; i < sizeof(reset) / sizeof(reset[0]); i++) {
        (void)signal(reset[i], SIG_DFL);
    }
    if (is_apart && dup2(fds[0], STDIN_FILENO) >= 0 && dup2(fds[1], STDOUT_FILENO) >= 0 &&
        dup2(fds[2], STDERR_FILENO) >= 0) {
        (void)execv(argv[0], argv);
    }
    int error = errno;
    (void)!write(status_fd, &error, sizeof(error));
    _exit(ORPHAN_EXIT_STATUS);
}

static void close_all(int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
}

/* Starts it with the far ends of `pipes`: in, out, error, status. */
static int start_program(struct line_client *client, char *const *argv, int pipes[8])
{
    const int far[3] = {pipes[0], pipes[3], pipes[5]};
    int error = 0;
    client->pid = process_fork(ORPHAN_EXIT_STATUS);
    if (client->pid < 0) {
        return -errno;
    }
    if (client->pid == 0) {
        be_program(argv, far, pipes[7]);
    }
    (void)close(pipes[7]);
    pipes[7] = -1;
    if (read(pipes[6], &error, sizeof(error)) > 0) {
        (void)process_reap(client->pid);
        return -error;
    }
    client->has_ended = false;
    client->pid_fd = (int)syscall(SYS_pidfd_open, client->pid, 0);
    return client->pid_fd < 0 ? -errno : 0;
}

/* Takes the near ends out of `pipes`; reading and writing never wait. */
static int take_pipes(struct line_client *client, int pipes[8])
{
    client->in_fd = pipes[1];
    client->out_fd = pipes[2];
    client->error_fd = pipes[4];
    pipes[1] = pipes[2] = pipes[4] = -1;
    if (fcntl(client->in_fd, F_SETFL, O_NONBLOCK) < 0 ||
        fcntl(client->out_fd, F_SETFL, O_NONBLOCK) < 0 ||
        fcntl(client->error_fd, F_SETFL, O_NONBLOCK) < 0) {
        return -errno;
    }
    return 0;
}

int line_client_start(const struct line_client_options *options, struct line_client **ret_client,
                      struct err *err)
{
    int pipes[8] = {-1, -1, -1, -1, -1, -1, -1, -1};
    struct line_client *client = calloc(1, sizeof(*client));
    if (client == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    client->name = options->name;
    client->timeout_ms = options->timeout_ms;
    client->has_ended = true;
    client->pid_fd = client->in_fd = client->out_fd = client->error_fd = -1;
    buffer_init(&client->unsent, UNSENT_SIZE_MAX);
    buffer_init(&client->line, LINE_CLIENT_LINE_SIZE_BYTES_MAX + 2 * READ_SIZE_BYTES);
    (void)signal(SIGPIPE, SIG_IGN);
    int r = 0;
    for (size_t i = 0; r == 0 && i < 8; i += 2) {
        r = pipe2(pipes + i, O_CLOEXEC) < 0 ? -errno : 0;
    }
    if (r < 0) {
        goto out;
    }
    r = start_program(client, options->argv, pipes);
    if (r < 0) {
        goto out;
    }
    r = take_pipes(client, pipes);
out:
    close_all(pipes, 8);
    if (r < 0) {
        line_client_free(client);
        return err_set(err, r, "program '%.64s' cannot be started: %s: %s", options->name,
                       options->argv[0], strerror(-r));
    }
    *ret_client = client;
    return 0;
}

struct line_client *line_client_free(struct line_client *client)
{
    if (client != NULL) {
        reap(client);
        int fds[] = {client->pid_fd, client->in_fd, client->out_fd, client->error_fd};
        close_all(fds, sizeof(fds) / sizeof(fds[0]));
        buffer_done(&client->unsent);
        buffer_done(&client->line);
        free(client->pending);
        json_decref(client->hello);
        free(client);
    }
    return NULL;
}

void line_client_kill(struct line_client *client)
{
    reap(client);
    while (client->failed.code == 0 && take_output(client) > 0) {
    }
    if (client->failed.code == 0) {
        (void)fail(client, ERR_STOPPED, "was killed");
    }
}

void line_client_terminate(struct line_client *client, uint32_t grace_ms)
{
    int64_t end_us = monotonic_us() + (int64_t)grace_ms * 1000;
    if (!client->has_ended) {
        (void)kill(-client->pid, SIGTERM);
    }
    while (client->failed.code == 0 && monotonic_us() < end_us) {
        (void)take_turn(client, end_us - monotonic_us());
    }
    (void)await_end(client, (end_us - monotonic_us()) / 1000);
    line_client_kill(client);
}

int line_client_signal(const struct line_client *client)
{
    return client->has_ended ? client->end.signal : 0;
}
