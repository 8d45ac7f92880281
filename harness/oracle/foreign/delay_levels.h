/* How long the delay levels of a store are: messageDelayLevel, which no file of a store holds.
 *
 * The unit of a scheduled message has, in the place of a tags hash, the time at which it is due:
 * store time + the level's delay.  So the units themselves say what a level is, and all that can be
 * judged then is that they agree; who knows the levels gives them. */
#ifndef HARNESS_ORACLE_FOREIGN_DELAY_LEVELS_H
#define HARNESS_ORACLE_FOREIGN_DELAY_LEVELS_H

#include "harness/oracle/decode/disk_queue.h"
#include "harness/oracle/decode/disk_record.h"
#include "store/base/err.h"

#define DELAY_LEVELS_MAX 64u
#define DELAY_LEVELS_KINDS                                                \
    4u /* of one level, that a store's units may show: levels are changed \
        */
#define DELAY_LEVELS_SAMPLE   1024u
#define DELAY_LEVELS_TEXT_MAX 512

struct delay_levels {
    uint32_t given_count; /* 0: RocketMQ's own, and what the units show */
    int64_t given_ms[DELAY_LEVELS_MAX];
    uint32_t shown_counts[DELAY_LEVELS_MAX]; /* of each level, how many kinds were found */
    int64_t shown_ms[DELAY_LEVELS_MAX][DELAY_LEVELS_KINDS];
    bool is_shown; /* some level is not RocketMQ's own */
};

/* Takes "1s 5s 1m 2h 1d", as messageDelayLevel has it.  0 or ERR_USAGE. */
int delay_levels_parse(struct delay_levels *levels, const char *text, struct err *err);
/* Finds out from the units of SCHEDULE_TOPIC_XXXX what levels there are, unless they are given:
 * `find` answers as that of judge_queue.h.  0 or what `find` returned. */
int delay_levels_look(struct delay_levels *levels, struct disk_queues *queues, void *arg,
                      int (*find)(void *arg, uint32_t queue, uint64_t offset,
                                  struct disk_record *ret_record));
/* Sets the tags code of a scheduled record by the levels that were given. */
void delay_levels_apply(const struct delay_levels *levels, struct disk_record *record);
/* Whether a tags field is the due time of a scheduled record by a level that the units show. */
bool delay_levels_take(const struct delay_levels *levels, int64_t tags_code,
                       const struct disk_record *record);
/* What was found out: "level 1 2s, level 2 6s". */
void delay_levels_print(const struct delay_levels *levels, char text[DELAY_LEVELS_TEXT_MAX]);

#endif
