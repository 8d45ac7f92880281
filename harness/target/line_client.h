/* The harness's end of the line protocol (docs/TARGETS.md): starts a program, asks it things, and
 * takes its answers in whatever order they come.
 *
 * A program under test may do anything: hang, die, print nonsense.  Whatever it does ends here in a
 * code and one line for people, and from then on every call returns the same. */
#ifndef HARNESS_TARGET_LINE_CLIENT_H
#define HARNESS_TARGET_LINE_CLIENT_H

#include "store/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#define LINE_CLIENT_PROTOCOL            1
#define LINE_CLIENT_LINE_SIZE_BYTES_MAX ((size_t)8 << 20)

struct line_client;

struct line_client_options {
    const char *name;    /* what messages call the program */
    char *const *argv;   /* the first is a path; the last NULL */
    uint32_t timeout_ms; /* for the answer to a request */
};

/* Called with the answer, which stays the client's, from within line_client_pump, _call, _kill and
 * _terminate.  It must not call the client. */
typedef void (*line_client_done)(void *arg, json_t *answer);

/* Starts the program in a process group of its own; it dies with the calling process.  SIGPIPE is
 * ignored in that from now on.  `options` is not kept, but what it points at is.  0, -ENOMEM or
 * -errno of what could not be started. */
int line_client_start(const struct line_client_options *options, struct line_client **ret_client,
                      struct err *err);
/* Kills what still runs, and frees. */
struct line_client *line_client_free(struct line_client *client);

/* What a program must be asked first: which version it speaks, and what it can do.
 *
 * Of all that asks: -ETIMEDOUT when it hangs, ERR_STOPPED when it is gone, -EPROTO when it does not
 * keep to the protocol. */
int line_client_hello(struct line_client *client, struct err *err);
/* Whether `word` stands in the list `key` ("can", "points") of its answer to hello. */
bool line_client_offers(const struct line_client *client, const char *key, const char *word);

/* Asks without waiting.  `request` is the client's from here on, also when this fails, and gets its
 * "id"; NULL is out of memory.  `done` is called once, or never when the program fails before. */
int line_client_send(struct line_client *client, json_t *request, line_client_done done, void *arg,
                     struct err *err);
/* Takes what the program says within `wait_ms`, or until something was answered.  Returns how many
 * answers that were, which may be none, or negative. */
int line_client_pump(struct line_client *client, int wait_ms, struct err *err);
/* Asks and waits; other answers are taken meanwhile.  0 with the answer, which the caller owns, or
 * as line_client_error says when that is an error. */
int line_client_call(struct line_client *client, json_t *request, json_t **ret_answer,
                     struct err *err);
/* The error in an answer as a code, with its text in `err`; 0 when there is none. */
int line_client_error(const json_t *answer, struct err *err);

/* SIGKILL for the whole group, when it has not ended before.  What it had answered by then counts:
 * it is taken, too. */
void line_client_kill(struct line_client *client);
/* What an orchestrator does: SIGTERM, and SIGKILL when it has not ended after `grace_ms`.  Answers
 * are taken all the while. */
void line_client_terminate(struct line_client *client, uint32_t grace_ms);
/* The signal by which the program ended; 0: none, or it runs. */
int line_client_signal(const struct line_client *client);

#endif
