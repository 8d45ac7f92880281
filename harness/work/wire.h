/* The messages between the campaign and its workers: same build on both ends, so structs as bytes.
 */
#ifndef HARNESS_WORK_WIRE_H
#define HARNESS_WORK_WIRE_H

#include "harness/audit/audit.h"
#include "harness/case/campaign.h"
#include "harness/plan/hits.h"
#include "harness/power/explore/explore_job.h"
#include "store/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_BODY_SIZE_BYTES_MAX (64u << 20)

enum wire_type {
    WIRE_SCENARIO, /* to the worker: struct wire_scenario, then the YAML text */
    WIRE_CASE,     /* to the worker: struct wire_case, then the plan as text */
    WIRE_READY,    /* from it: the scenario is loaded; body: struct campaign_stores */
    WIRE_REFUSED,  /* from it: an int32_t, the negative code, and text */
    WIRE_RESULT,   /* from it: a case has ended */
    WIRE_HITS,     /* from it, before the result of a trace */
    WIRE_AUDIT,    /* from it, before the result of an audited case: struct audit_report */
    WIRE_EXPLORED  /* from it, before the result of a job: struct explore_result */
};

struct wire_scenario {
    uint64_t seed;
    uint32_t timeout_ms;
    uint32_t switch_count;
    char switches[TOKEN_SWITCHES_MAX][TOKEN_SWITCH_SIZE_BYTES];
    char target[POINTS_TARGET_SIZE_BYTES];
    char path[512];
    char dir[512]; /* "": detached tmpfs */
};

struct wire_case {
    uint64_t id;
    enum campaign_role role;
    bool want_hits;  /* the hits of its rounds in the result */
    bool want_trace; /* a WIRE_HITS before it */
    bool want_hashes;
    bool audited;
    bool is_explored;       /* no case, but an explore job; a WIRE_EXPLORED before its result */
    struct explore_job job; /* its plan is what is rehearsed */
};

/* A message as received; reused. */
struct wire_message {
    enum wire_type type;
    uint8_t *body;
    size_t size_bytes;
    size_t capacity_bytes;
};

void wire_message_done(struct wire_message *message);

/* Sends head and tail as one message.  0 or a negated errno. */
int wire_send(int fd, enum wire_type type, const void *head, size_t head_size_bytes,
              const void *tail, size_t tail_size_bytes);
/* Blocks for a whole message.  0, -EPIPE at the end of the stream, ERR_BROKEN for nonsense. */
int wire_receive(int fd, struct wire_message *message);

/* A result without its plan (the campaign knows it by its id), and with hits only when asked. */
int wire_send_result(int fd, const struct campaign_case *ended, bool with_hits);
int wire_read_result(const struct wire_message *message, struct campaign_case *ret_case);

#endif
