/* Finds and loads scenarios: by name, by path, by directory, or all of them. */
#ifndef HARNESS_CLI_SCENARIO_FILES_H
#define HARNESS_CLI_SCENARIO_FILES_H

#include "harness/case/campaign.h"
#include "harness/scenario/scenario.h"

#include <stdbool.h>
#include <stdint.h>

struct scenario_files {
    struct scenario *scenarios;
    uint32_t count;
    uint32_t capacity;
    struct campaign_unloaded *unloaded; /* files in directories that have a mistake, or unfit */
    uint32_t unloaded_count;
    uint32_t unloaded_capacity;
};

/* Loads what `words` name, in their order, each file once: a path to a file, a directory (every
 * *.yaml below it, sorted), or a scenario's name.  No words: the whole scenario directory but its
 * real/, which needs what is not here.
 * A file that was found in a directory and cannot be loaded, or has the name of another, is set
 * aside; one that a word names is an error.  0, ERR_USAGE, or -errno. */
int scenario_files_load(struct scenario_files *files, char *const *words, int word_count,
                        struct err *err);
/* Puts another target under test in all of them; those that ask for what it cannot do are set aside
 * as unfit, with the reason.  0, -ENOMEM, or ERR_USAGE with the first reason when none is left. */
int scenario_files_set_target(struct scenario_files *files, const char *target, struct err *err);
void scenario_files_done(struct scenario_files *files);

/* Calls `take` with the path of each file that `words` name, as above, none loaded; it ends at the
 * first call that is not 0.  0, what `take` returned, ERR_USAGE, or -errno. */
int scenario_files_each(char *const *words, int word_count,
                        int (*take)(void *arg, const char *path, struct err *err), void *arg,
                        struct err *err);

/* Loads the one scenario that is called `name`.  0, ERR_USAGE with a suggestion, or -errno. */
int scenario_files_find(const char *name, struct scenario *ret_scenario, struct err *err);

/* Loads the one whose file in the scenario directory is called `name`.yaml; false, and no error,
 * when there is none or it does not load. */
bool scenario_files_has(const char *name, struct scenario *ret_scenario);
/* Calls `take` with the name of each file in the scenario directory, without its ending. */
void scenario_files_each_name(void (*take)(void *arg, const char *name), void *arg);

#endif
