/* A store read at three moments, side by side (stock.h). */
#include "harness/story/stock.h"

#include "harness/figures/figures_disk.h"
#include "harness/oracle/rules/disk_reader.h"
#include "harness/oracle/rules/judge.h"
#include "harness/story/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STAGES_MAX      3
#define CELL_SIZE_BYTES 32
#define COLUMNS_FORMAT  "%-18s %-24s %-24s %s"

static void take_queues(struct judge_state *state, struct stock *stock)
{
    for (uint32_t i = 0; i < state->queues.queue_count; i++) {
        const struct disk_queue *queue = &state->queues.queues[i];
        stock->unit_count += queue->max_index - queue->min_index;
        if (stock->queue_count == STOCK_QUEUES_MAX) {
            continue;
        }
        struct stock_queue *told = &stock->queues[stock->queue_count++];
        (void)snprintf(told->name, sizeof(told->name), "%.30s/%" PRId32,
                       disk_queue_topic(&state->queues, queue), queue->queue_id);
        told->min = queue->min_index;
        told->max = queue->max_index;
    }
}

static bool is_answered(const struct ledger *ledger, uint64_t offset)
{
    for (uint32_t i = 0; ledger != NULL && i < ledger->message_capacity; i++) {
        if (ledger_is_acked(&ledger->messages[i]) &&
            ledger->messages[i].physical_offset == offset) {
            return true;
        }
    }
    return false;
}

static void take_records(struct judge_state *state, const struct ledger *ledger,
                         struct stock *stock)
{
    for (uint32_t i = 0; i < state->record_count; i++) {
        const struct disk_record *record = &state->records[i];
        if (!record->is_indexable || record->is_unjudged ||
            record->queue >= state->queues.queue_count) {
            continue;
        }
        stock->judged_count++;
        if (!figures_disk_has_unit(state, record)) {
            stock->without_unit_count++;
            stock->answered_count += is_answered(ledger, record->offset) ? 1 : 0;
        }
    }
}

void stock_take(const struct reenact *reenact, struct image *image, struct stock *ret_stock)
{
    struct judge_state *state = judge_state_new();
    memset(ret_stock, 0, sizeof(*ret_stock));
    if (state != NULL && image != NULL) {
        const struct view view = image_view(image);
        if (judge_read(state, &view, &reenact->options.scenario->store, NULL) == 0) {
            ret_stock->is_there = true;
            ret_stock->records = state->record_count;
            ret_stock->log_min = state->log.min_offset;
            ret_stock->log_end = state->log.end_offset;
            ret_stock->mark = state->mark_offset;
            ret_stock->has_abort = state->has_abort;
            take_queues(state, ret_stock);
            take_records(state, reenact->ledger, ret_stock);
        }
    }
    judge_state_free(state);
}

static void say_log(const struct stock *stock, char text[CELL_SIZE_BYTES])
{
    (void)snprintf(text, CELL_SIZE_BYTES, "%u records, %" PRIu64 "..%" PRIu64, stock->records,
                   stock->log_min, stock->log_end);
}

const struct stock_queue *stock_find(const struct stock *stock, const char *name)
{
    for (uint32_t i = 0; i < stock->queue_count; i++) {
        if (strcmp(stock->queues[i].name, name) == 0) {
            return &stock->queues[i];
        }
    }
    return NULL;
}

static void say_queue(const struct stock *stock, const char *name, char text[CELL_SIZE_BYTES])
{
    const struct stock_queue *queue = stock_find(stock, name);
    if (queue == NULL) {
        (void)snprintf(text, CELL_SIZE_BYTES, "-");
    } else {
        (void)snprintf(text, CELL_SIZE_BYTES, "%" PRIu64 " %s, %" PRIu64 "..%" PRIu64,
                       queue->max - queue->min, words_units(queue->max - queue->min), queue->min,
                       queue->max);
    }
}

static void say_mark(const struct stock *stock, char text[CELL_SIZE_BYTES])
{
    if (stock->mark == UINT64_MAX) {
        (void)snprintf(text, CELL_SIZE_BYTES, "none");
    } else {
        (void)snprintf(text, CELL_SIZE_BYTES, "%" PRIu64, stock->mark);
    }
}

static void add(struct page *page, const char *name, char cells[STAGES_MAX][CELL_SIZE_BYTES])
{
    char text[128];
    (void)snprintf(text, sizeof(text), COLUMNS_FORMAT, name, cells[0], cells[1], cells[2]);
    for (size_t length = strlen(text); length > 0 && text[length - 1] == ' '; length--) {
        text[length - 1] = '\0';
    }
    page_add(page, PAGE_STORE, 19, "%s", text);
}

static void tell_queues(const struct stock *stages, uint32_t count, struct page *page)
{
    char cells[STAGES_MAX][CELL_SIZE_BYTES];
    for (uint32_t s = 0; s < count; s++) {
        for (uint32_t i = 0; i < stages[s].queue_count; i++) {
            const char *queue = stages[s].queues[i].name;
            char name[STOCK_NAME_SIZE_BYTES + 8];
            bool is_told = false;
            for (uint32_t before = 0; before < s; before++) {
                is_told |= stock_find(&stages[before], queue) != NULL;
            }
            if (is_told) {
                continue;
            }
            memset(cells, 0, sizeof(cells));
            for (uint32_t at = 0; at < count; at++) {
                say_queue(&stages[at], queue, cells[at]);
            }
            (void)snprintf(name, sizeof(name), "queue %s", queue);
            add(page, name, cells);
        }
    }
}

static void tell(const struct stock *stages, const char *const *heads, uint32_t count,
                 struct page *page)
{
    char cells[STAGES_MAX][CELL_SIZE_BYTES];
    bool has_mark = false;
    memset(cells, 0, sizeof(cells));
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(cells[i], CELL_SIZE_BYTES, "%s", heads[i]);
        has_mark |= stages[i].mark != UINT64_MAX;
    }
    add(page, "", cells);
    for (uint32_t i = 0; i < count; i++) {
        say_log(&stages[i], cells[i]);
    }
    add(page, "log", cells);
    tell_queues(stages, count, page);
    for (uint32_t i = 0; i < count; i++) {
        say_mark(&stages[i], cells[i]);
    }
    if (has_mark) {
        add(page, "mark", cells);
    }
}

struct image *stock_image_before_loss(const struct reenact *reenact)
{
    struct image *image = NULL;
    if (reenact->strike_count == 0 || reenact->part_count < 2 ||
        reenact->strikes[reenact->strike_count - 1].hit.fault.kind != FAULT_POWER_LOSS) {
        return NULL;
    }
    const struct reenact_part *part = &reenact->parts[reenact->part_count - 2];
    (void)reenact_image(part, part->done, &image, NULL);
    return image;
}

void stock_tell(const struct reenact *reenact, struct page *page)
{
    const char *heads[STAGES_MAX];
    struct stock stages[STAGES_MAX];
    uint32_t count = 0;
    if (!reenact->is_judged) {
        return;
    }
    struct image *before = stock_image_before_loss(reenact);
    if (before != NULL) {
        heads[count] = "written by then";
        stock_take(reenact, before, &stages[count++]);
    }
    heads[count] = before != NULL ? "left on the disk" : "as it was left";
    stock_take(reenact, reenact->crashed, &stages[count++]);
    heads[count] = "after the restart";
    stock_take(reenact, reenact->recovered, &stages[count++]);
    image_free(before);
    tell(stages, heads, count, page);
}
