/* Where `./run.sh rocketmq VERSION` puts the real RocketMQ as a target, and what that was made of.
 *
 * A directory for each version lies in $KILLPOINT_ROCKETMQ, or else in rocketmq/ beside the one
 * that the running program lies in.  It holds the program that is started, and identity.json,
 * which is written last: without it nothing is ready. */
#ifndef HARNESS_BASE_REAL_PLACE_H
#define HARNESS_BASE_REAL_PLACE_H

#include "store/base/err.h"

#include <stdint.h>

#include <jansson.h>

#define REAL_PLACE_PATH_SIZE_BYTES 4096

/* What a result must say of it: two runs of "real-local" can be told apart by nothing else. */
struct real_identity {
    char target[48];      /* "real-5.2.0" */
    char rocketmq[64];    /* as its jars call themselves */
    char origin[256];     /* "maven", or the directory of a build of somebody's own */
    uint32_t jars;        /* so many, the adapter's included */
    char jars_sha256[72]; /* of the list of their SHA-256 */
    char java[96];        /* the version of the JDK */
};

/* The program of `target`, "real-VERSION".  0, or ERR_USAGE with a text that says how to make it.
 */
int real_place_program(const char *target, char ret_path[REAL_PLACE_PATH_SIZE_BYTES],
                       struct err *err);
/* What it was made of.  0; ERR_USAGE: it is not there or not ready. */
int real_place_identity(const char *target, struct real_identity *ret_identity, struct err *err);
/* `count` of them for a report, as a new list; JSON's null of none. */
json_t *real_place_json(const struct real_identity *identities, uint32_t count);

#endif
