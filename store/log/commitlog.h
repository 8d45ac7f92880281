/* The plain log: records one after the other (RocketMQ: CommitLog). */
#ifndef STORE_LOG_COMMITLOG_H
#define STORE_LOG_COMMITLOG_H

#include "store/log/record_log.h"

#define COMMITLOG_DIR "commitlog"

/* Format: docs/FORMAT.md, "Message record" and "Blank". */
extern const struct record_log_format commitlog_format;

#endif
