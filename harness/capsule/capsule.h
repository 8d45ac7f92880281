/* A case in one file: scenario, plan, recording, ledger, the store as the crash left it, versions
 * and how it ended.  It needs nothing besides: no checkout, no scenario's file, no build that
 * matches.
 *
 * capsule_make.h makes one of a run, capsule_replay.h runs it again. */
#ifndef HARNESS_CAPSULE_CAPSULE_H
#define HARNESS_CAPSULE_CAPSULE_H

#include "harness/capsule/capsule_manifest.h"
#include "harness/drive/rest.h"
#include "harness/scenario/scenario.h"

struct capsule;

/* What the names of capsules end with; any other name is as good. */
#define CAPSULE_SUFFIX ".capsule"

/* Whether a word on a command line is a capsule's path rather than a token. */
bool capsule_is_path(const char *word);

/* Reads all of it into memory.  The caller closes it.  0, -ENOMEM, -errno when it cannot be read,
 * or ERR_USAGE with what is wrong: damaged, cut off, foreign, hostile, made by a later version. */
int capsule_open(const char *path, struct capsule **ret_capsule, struct err *err);
/* NULL is none; returns NULL. */
struct capsule *capsule_close(struct capsule *capsule);

/* What it says of itself.  Lives as long as the capsule, as all below. */
const struct capsule_manifest *capsule_manifest(const struct capsule *capsule);
/* The token as it was written; and parsed: ERR_USAGE when this program has not its points. */
const char *capsule_token_text(const struct capsule *capsule);
int capsule_token(const struct capsule *capsule, struct token *ret_token, struct err *err);
/* The scenario that lies in it, with the token's target and switches; its base, if it has one, can
 * be read as long as the capsule is open.  It need not have the token's hash: another version of
 * the program may have other defaults.  0 or ERR_USAGE. */
int capsule_scenario(const struct capsule *capsule, struct scenario *ret_scenario, struct err *err);
/* The scenario's text, as it is in the file it came from. */
const char *capsule_scenario_text(const struct capsule *capsule);
/* The base that lies in it, byte for byte; `*ret_size_bytes` 0: none. */
const uint8_t *capsule_base(const struct capsule *capsule, size_t *ret_size_bytes);
#define CAPSULE_PATH_SIZE_BYTES 64

/* Writes the store into a directory of its own in memory, which goes with the capsule; `path` leads
 * this process to it.  Once a capsule.  0 or -errno. */
int capsule_lay_out(struct capsule *capsule, char path[CAPSULE_PATH_SIZE_BYTES], struct err *err);
/* The store as it is restarted, and what was known of it.  The image is the capsule's: clone it. */
const struct rest *capsule_rest(const struct capsule *capsule);

#endif
