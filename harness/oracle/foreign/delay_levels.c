/* Lets a level's units vote. */
#include "harness/oracle/foreign/delay_levels.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define VOTES_MIN   3u /* fewer units may be damaged ones */
#define VOTES_MAX   64u
#define MS_A_SECOND 1000
#define SECONDS_MAX (366ll * 86400)
#define DIGITS_MAX  9

/* Milliseconds in "s", "m", "h" or "d"; 0: another letter. */
static int64_t unit_ms(char letter)
{
    return letter == 's'   ? MS_A_SECOND
           : letter == 'm' ? 60 * MS_A_SECOND
           : letter == 'h' ? 3600 * MS_A_SECOND
           : letter == 'd' ? 86400 * MS_A_SECOND
                           : 0;
}

int delay_levels_parse(struct delay_levels *levels, const char *text, struct err *err)
{
    levels->given_count = 0;
    while (*text != '\0') {
        int64_t number = 0;
        size_t digits = 0;
        for (; text[digits] >= '0' && text[digits] <= '9' && digits < DIGITS_MAX; digits++) {
            number = number * 10 + (text[digits] - '0');
        }
        int64_t unit = digits > 0 ? unit_ms(text[digits]) : 0;
        bool is_end = unit > 0 && (text[digits + 1] == ' ' || text[digits + 1] == '\0');
        if (!is_end || levels->given_count == DELAY_LEVELS_MAX) {
            return err_set(err, ERR_USAGE,
                           "'%.64s': expected up to %u delays such as \"1s 5s 1m 2h\"", text,
                           DELAY_LEVELS_MAX);
        }
        levels->given_ms[levels->given_count++] = number * unit;
        text += digits + 1;
        text += strspn(text, " ");
    }
    return levels->given_count > 0 ? 0 : err_set(err, ERR_USAGE, "no delay level at all");
}

/* Any time may stand in a damaged record. */
static int64_t due_ms(const struct disk_record *record, int64_t delay_ms)
{
    return (int64_t)((uint64_t)record->store_timestamp_ms + (uint64_t)delay_ms);
}

struct vote {
    int64_t ms;
    uint32_t count;
};

struct votes {
    struct vote votes[VOTES_MAX];
    uint32_t count;
};

/* Past VOTES_MAX delays none is a level's. */
static void add_vote(struct votes *votes, int64_t ms)
{
    for (uint32_t i = 0; i < votes->count; i++) {
        if (votes->votes[i].ms == ms) {
            votes->votes[i].count++;
            return;
        }
    }
    if (votes->count < VOTES_MAX) {
        votes->votes[votes->count++] = (struct vote){ms, 1};
    }
}

/* RocketMQ cuts a level to the last that it knows. */
static uint32_t index_of(uint32_t level, uint32_t count)
{
    return (level < count ? level : count) - 1;
}

/* The delays that enough units of one level show.  Those by RocketMQ's own table are right anyhow.
 */
static void count_votes(struct delay_levels *levels, uint32_t level, const struct votes *votes,
                        uint32_t votes_min)
{
    uint32_t index = index_of(level, DELAY_LEVELS_MAX);
    for (uint32_t i = 0; i < votes->count && levels->shown_counts[index] < DELAY_LEVELS_KINDS;
         i++) {
        const struct vote *vote = &votes->votes[i];
        if (vote->count >= votes_min && vote->ms >= MS_A_SECOND && vote->ms % MS_A_SECOND == 0 &&
            vote->ms / MS_A_SECOND <= SECONDS_MAX) {
            levels->shown_ms[index][levels->shown_counts[index]++] = vote->ms;
            levels->is_shown = true;
        }
    }
}

/* A delay for each unit of the queue, or for a sample of them, that is not RocketMQ's own. */
static int look_at_queue(struct disk_queues *queues, uint32_t index, void *arg,
                         int (*find)(void *, uint32_t, uint64_t, struct disk_record *),
                         struct votes *votes, uint32_t *ret_level)
{
    struct disk_queue *queue = &queues->queues[index];
    uint64_t count = queue->max_index - queue->min_index;
    uint64_t step = count / DELAY_LEVELS_SAMPLE + 1;
    for (uint64_t at = queue->min_index; at < queue->max_index; at += step) {
        struct disk_queue_unit unit;
        struct disk_record record = {0};
        disk_queue_decode(disk_queue_bytes(queues, queue, at), &unit);
        int r = unit.is_zero || unit.is_pre_blank ? 0 : find(arg, index, unit.offset, &record);
        if (r < 0) {
            return r;
        }
        if (r > 0 && record.delay_level > 0 && record.size_bytes == unit.size_bytes &&
            record.tags_code != unit.tags_code) {
            *ret_level = record.delay_level;
            add_vote(votes,
                     (int64_t)((uint64_t)unit.tags_code - (uint64_t)record.store_timestamp_ms));
        }
    }
    return 0;
}

/* A level with few units is believed when another has shown that the table is an own one. */
int delay_levels_look(struct delay_levels *levels, struct disk_queues *queues, void *arg,
                      int (*find)(void *arg, uint32_t queue, uint64_t offset,
                                  struct disk_record *ret_record))
{
    for (uint32_t votes_min = VOTES_MIN; levels->given_count == 0 && votes_min > 0;
         votes_min = votes_min == VOTES_MIN && levels->is_shown ? 1 : 0) {
        memset(levels->shown_counts, 0, sizeof levels->shown_counts);
        for (uint32_t i = 0; i < queues->queue_count; i++) {
            struct votes votes = {.count = 0};
            uint32_t level = 0;
            if (strcmp(disk_queue_topic(queues, &queues->queues[i]), DISK_RECORD_SCHEDULE_TOPIC) !=
                0) {
                continue;
            }
            int r = look_at_queue(queues, i, arg, find, &votes, &level);
            if (r < 0) {
                return r;
            }
            if (level > 0) {
                count_votes(levels, level, &votes, votes_min);
            }
        }
    }
    return 0;
}

void delay_levels_apply(const struct delay_levels *levels, struct disk_record *record)
{
    if (levels->given_count > 0 && record->delay_level > 0) {
        record->tags_code =
            due_ms(record, levels->given_ms[index_of(record->delay_level, levels->given_count)]);
    }
}

bool delay_levels_take(const struct delay_levels *levels, int64_t tags_code,
                       const struct disk_record *record)
{
    if (!levels->is_shown || record->delay_level == 0) {
        return false;
    }
    uint32_t index = index_of(record->delay_level, DELAY_LEVELS_MAX);
    for (uint32_t i = 0; i < levels->shown_counts[index]; i++) {
        if (tags_code == due_ms(record, levels->shown_ms[index][i])) {
            return true;
        }
    }
    return false;
}

void delay_levels_print(const struct delay_levels *levels, char text[DELAY_LEVELS_TEXT_MAX])
{
    size_t length = 0;
    text[0] = '\0';
    for (uint32_t level = 0; level < DELAY_LEVELS_MAX; level++) {
        for (uint32_t i = 0; i < levels->shown_counts[level]; i++) {
            if (length + 40 > DELAY_LEVELS_TEXT_MAX) {
                return;
            }
            length += (size_t)snprintf(text + length, DELAY_LEVELS_TEXT_MAX - length,
                                       "%slevel %" PRIu32 " %" PRId64 "s", length > 0 ? ", " : "",
                                       level + 1, levels->shown_ms[level][i] / MS_A_SECOND);
        }
    }
}
