/* The first step of recovery: the lock, the directories and the files, as they are found. */
#ifndef STORE_RECOVERY_RECOVERY_OPEN_H
#define STORE_RECOVERY_RECOVERY_OPEN_H

#include "store/service/engine.h"

struct recovery_found {
    bool is_normal;   /* no abort file */
    bool is_new;      /* nothing there at all */
    bool has_new_dir; /* a directory had to be made */
    struct checkpoint_page page;
};

/* Takes the lock and makes the directories; nothing else is touched before both are there. */
int recovery_open_dirs(struct engine *engine, struct recovery_found *found, struct err *err);
/* Opens the engine's parts and fills in the rest of `found`. */
int recovery_open_files(struct engine *engine, struct recovery_found *found, struct err *err);

/* Guard no-cut-on-error: a failed read refuses the start.  Without it the read counts as the end of
 * what was being read: returns 0 then. */
int recovery_open_read_failed(const struct engine *engine, int r, struct err *err);

#endif
