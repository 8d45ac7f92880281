/* A process of somebody else's as a target: asked through the line protocol (docs/TARGETS.md),
 * killed from outside, at the moments that the harness sees.  The real RocketMQ is one, with an
 * adapter of ours round it (docs/ROCKETMQ.md). */
#ifndef HARNESS_TARGET_TARGET_PROGRAM_H
#define HARNESS_TARGET_TARGET_PROGRAM_H

#include "harness/target/target.h"

#define TARGET_PROGRAM_PATH_SIZE_BYTES 4096

const struct target_kind *target_program_kind(void);
/* It tells some events, too. */
const struct target_kind *target_program_kind_real(void);

/* The executable of "program:NAME": killpoint-NAME-target beside this one or in $PATH; that of
 * "real-VERSION" lies where real_place.h says.  0, or ERR_USAGE with a text that says where it was
 * looked for, or how to make it. */
int target_program_find(const char *target, char ret_path[TARGET_PROGRAM_PATH_SIZE_BYTES],
                        struct err *err);

#endif
