/* `exclusive`: whether a store that is open keeps a second process out.  The second is refused
 * within a second, and leaves every name and every byte but the lock file's as they were.  That the
 * first goes on is judged by what it is asked next. */
#ifndef HARNESS_DRIVE_CONTEST_H
#define HARNESS_DRIVE_CONTEST_H

#include "harness/drive/protocol.h"

/* What the second process does.  0: it has opened the store; else why not. */
typedef int (*contest_second)(void *arg, struct err *err);

/* Lets it try, in a process of its own, and adds what is wrong to `report`.  Nothing else may write
 * below `dir_fd` meanwhile.  0, or negative when the harness itself failed. */
int contest_judge(int dir_fd, contest_second second, void *arg, struct judge_report *report,
                  struct err *err);

/* The same, with a second store of the protocol's scenario. */
int contest_judge_store(const struct protocol *protocol, struct judge_report *report,
                        struct err *err);

#endif
