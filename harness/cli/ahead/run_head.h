/* The head of a run's journal: all that its answers depend on, so that whoever goes on with the
 * run, or makes one of several, knows that it asks the same.
 *
 *   {"revision":…,"dirty":…,"worker":…,   the build, its flags
 *    "build":…,
 *    "suite":…,"weights":…,               hashes
 *    "seed":"5eed","shards":4,"shard":2,  "shards" 0: it is whole
 *    "options":{…},"scenarios":["…"],     as they were given
 *    "jobs":2,"host":{…}}                 may differ */
#ifndef HARNESS_CLI_AHEAD_RUN_HEAD_H
#define HARNESS_CLI_AHEAD_RUN_HEAD_H

#include "harness/campaign/supervisor_options.h"
#include "store/base/err.h"

#include <jansson.h>

/* What a call of `run` was given. */
struct run_head_call {
    struct supervisor_options *campaign;
    const char **target;
    char *const *words; /* the scenarios that were named */
    int word_count;
    const struct campaign_shard *shard;
    const struct campaign_identity *identity;
};

/* NULL without memory; the caller owns the reference. */
json_t *run_head_make(const struct run_head_call *call);
/* Sets the campaign's options, its target and the words from a head, which must outlive them.
 * `*ret_words` is malloc'ed.  0, -ENOMEM, or ERR_CORRUPT when it is no head. */
int run_head_adopt(const json_t *head, struct run_head_call *call, char ***ret_words,
                   struct err *err);
/* What the call asks for besides, as "seed" or "--cases"; NULL: nothing that the head has not. */
const char *run_head_besides(const json_t *head, const struct run_head_call *call);

/* The first in which two runs differ, of those that must be one: "revision", "build", "suite",
 * "weights", "seed", "number of shards", "options", "scenarios"; NULL: none.  `one` and `other`:
 * its two values as JSON text, malloc'ed. */
const char *run_head_difference(const json_t *left, const json_t *right, char **ret_left,
                                char **ret_right);
/* 0 of a run that is whole. */
uint32_t run_head_shards(const json_t *head);
uint32_t run_head_shard(const json_t *head);

#endif
