/* Scenarios: a YAML file of scenarios/ read into a struct, checked, and switched. */
#ifndef HARNESS_SCENARIO_SCENARIO_H
#define HARNESS_SCENARIO_SCENARIO_H

#include "harness/scenario/scenario_data.h"
#include "store/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads and checks `path`. Errors are "file:line:col: error: ..." with the line, a caret and a
 * suggestion, in `err`.  0, ERR_USAGE, or -errno when the file cannot be read. */
int scenario_load(const char *path, struct scenario *ret_scenario, struct err *err);
/* The bytes of a file, up to 1 MiB; the caller frees `*ret_text`.  0, ERR_USAGE, or -errno. */
int scenario_read_file(const char *path, char **ret_text, size_t *ret_size, struct err *err);
/* The same of a text in memory; `path` is what errors name and what the struct keeps.
 * `ret_scenario` is written only when all is right. The struct is large: keep it off the stack. */
int scenario_parse(const char *text, size_t text_size_bytes, const char *path,
                   struct scenario *ret_scenario, struct err *err);
/* The same, with the file `base_path` for the store that the text says it begins with. */
int scenario_parse_over(const char *text, size_t text_size_bytes, const char *path,
                        const char *base_path, struct scenario *ret_scenario, struct err *err);
/* The same of the text of a file that somebody writes, and refuses besides: a name that is not its
 * file's, by which tokens find it again; and a scenario that tries nothing, with neither faults nor
 * a plan: running it would be vacuous.  Then, too, `ret_scenario` is written. */
int scenario_lint(const char *text, size_t text_size_bytes, const char *path,
                  struct scenario *ret_scenario, struct err *err);
/* The name that the scenario in the file `path` should have: without directories and `.yaml`, cut
 * where it is too long.  Returns `name`. */
const char *scenario_file_name(const char *path, char name[TOKEN_NAME_SIZE_BYTES]);

/* Runs it over another target than its own, before any switch: its hash is then another.  0, or
 * ERR_USAGE when there is no such target or the scenario asks for what that one has not. */
int scenario_set_target(struct scenario *scenario, const char *target, struct err *err);
/* Applies a switch of a token (profile, DEFECT, DEFECT.bare, no-GUARD, skip/POINT, weave/N).
 * 0 or ERR_USAGE with a suggestion. */
int scenario_apply_switch(struct scenario *scenario, const char *word, struct err *err);
/* Whether its target runs by itself, in threads or a process of its own: no two runs need be the
 * same then. */
static inline bool scenario_is_threaded(const struct scenario *scenario)
{
    return scenario->points != &points_engine || scenario->store.services == STORE_SERVICES_THREADS;
}
/* Whether a switch skip/POINT is on for this point. */
static inline bool scenario_skips(const struct scenario *scenario, uint32_t point)
{
    return (scenario->skipped[point / 64] >> (point % 64) & 1) != 0;
}
/* Whether only a run in memory is that case: a switch skip/POINT or weave/N is on, or its plan has
 * what only the memory disk can do. */
bool scenario_is_rehearsed(const struct scenario *scenario, const struct plan *plan);

/* Number of messages, rounds and steps of the workload.  Messages that the workload puts, the
 * refused ones too, the oracle's probes not. */
uint32_t scenario_message_count(const struct scenario *scenario);
/* Lives of the store that the workload has: its restarts and one. */
uint32_t scenario_round_count(const struct scenario *scenario);

#endif
