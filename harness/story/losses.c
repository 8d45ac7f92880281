/* Items of a power loss, told and tried (losses.h). */
#include "harness/story/losses.h"

#include "harness/base/printer.h"
#include "harness/power/persist/persist.h"
#include "harness/story/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX   14u
#define TRIALS_MAX 600u

/* The moment of the loss, and the loss. */
struct moment {
    struct reenact *reenact;
    const struct reenact_part *part;
    const struct reenact_strike *strike;
    struct persist *persist;
};

static void moment_done(struct moment *moment)
{
    moment->persist = persist_free(moment->persist);
}

/* False: the case does not end with a power loss, or it could not be looked at. */
static bool moment_init(struct moment *moment, struct reenact *reenact)
{
    memset(moment, 0, sizeof(*moment));
    if (reenact->strike_count == 0 || !reenact->is_judged) {
        return false;
    }
    moment->reenact = reenact;
    moment->strike = &reenact->strikes[reenact->strike_count - 1];
    if (moment->strike->hit.fault.kind != FAULT_POWER_LOSS) {
        return false;
    }
    moment->part = &reenact->parts[moment->strike->part];
    struct recording recording = rehearse_recording(reenact->rehearsal);
    recording.trace = moment->part->trace;
    recording.base = moment->part->base;
    if (persist_new(&recording, moment->strike->hit.fault.loss.model, &moment->persist, NULL) < 0) {
        return false;
    }
    if (persist_seek(moment->persist, moment->part->done, NULL) < 0) {
        moment_done(moment);
        return false;
    }
    return true;
}

/* "the write queue/append:3 to the queue topic-0/1, page 0". */
static void say_item(const struct moment *moment, uint32_t index, char *text, size_t size_bytes)
{
    static const char *const kinds[] = {
        [PERSIST_PAGE] = "bytes", [PERSIST_SIZE] = "size", [PERSIST_ENTRY] = "name"};
    struct persist_item item;
    struct trace_entry entry;
    char place[WORDS_PLACE_SIZE_BYTES];
    struct printer row = {.text = text, .capacity_bytes = size_bytes};
    persist_item(moment->persist, index, &item);
    trace_get(moment->part->trace, item.entry, &entry);
    words_place(item.path, place);
    printer_add(&row, "the %s of the %s by %s:%u", kinds[item.kind], place, point_name(entry.point),
                entry.hit);
    if (item.kind == PERSIST_PAGE) {
        printer_add(&row, " (page %" PRIu64, item.page_index);
        if (entry.op == POINT_OP_WRITE) {
            printer_add(&row, ", bytes %" PRIu64 " to %" PRIu64, entry.offset,
                        entry.offset + entry.size_bytes);
        }
        printer_add(&row, ")");
    }
    if (item.is_in_flight) {
        printer_add(&row, ", in flight");
    }
}

/* The sectors of a torn page that have the new bytes; 0: it is not torn. */
static uint8_t torn_sectors(const struct loss *loss, uint32_t item)
{
    for (uint32_t i = 0; i < loss->tear_count; i++) {
        if (loss->tears[i].item == item) {
            return loss->tears[i].sectors;
        }
    }
    return 0;
}

/* Whether an item goes on with what the one before it says: the next operation of a kind on the
 * same file, with the same fate. */
static bool goes_on(const struct moment *moment, const struct loss *loss, uint32_t item)
{
    struct persist_item now;
    struct persist_item before;
    struct trace_entry entry;
    struct trace_entry last;
    if (item == 0 || loss_keeps(loss, item) != loss_keeps(loss, item - 1) ||
        torn_sectors(loss, item) != 0 || torn_sectors(loss, item - 1) != 0) {
        return false;
    }
    persist_item(moment->persist, item, &now);
    persist_item(moment->persist, item - 1, &before);
    trace_get(moment->part->trace, now.entry, &entry);
    trace_get(moment->part->trace, before.entry, &last);
    return now.kind == before.kind && strcmp(now.path, before.path) == 0 &&
           entry.point == last.point && now.is_in_flight == before.is_in_flight;
}

static void tell_items(const struct moment *moment, struct page *page, struct losses *losses)
{
    const struct loss *loss = &moment->strike->hit.fault.loss;
    uint32_t rows = 0;
    uint32_t told = 0;
    for (uint32_t i = 0; i < losses->item_count;) {
        char text[256];
        char last[256];
        bool is_kept = loss_keeps(loss, i);
        uint8_t sectors = torn_sectors(loss, i);
        uint32_t end = i + 1;
        while (end < losses->item_count && goes_on(moment, loss, end)) {
            end++;
        }
        losses->dropped_count += is_kept ? 0 : end - i;
        say_item(moment, i, text, sizeof(text));
        say_item(moment, end - 1, last, sizeof(last));
        if (rows++ < ROWS_MAX) {
            told += end - i;
            page_add(page, PAGE_DISK, 9, "%-8s %s%s%s",
                     sectors != 0 ? "in part" : (is_kept ? "reached" : "LOST"), text,
                     sectors != 0 ? ", some sectors of 512 bytes only" : "",
                     end - i > 1 ? ", and so on to:" : "");
            if (end - i > 1) {
                page_add(page, PAGE_DISK, 9, "  %4ux  %s", end - i, last);
            }
        }
        i = end;
    }
    if (told < losses->item_count) {
        page_add(page, PAGE_DISK, 9, "…        %u more, of all %u %u are lost",
                 losses->item_count - told, losses->item_count, losses->dropped_count);
    }
}

void losses_tell(struct reenact *reenact, struct page *page, struct losses *ret_losses)
{
    struct moment moment;
    memset(ret_losses, 0, sizeof(*ret_losses));
    if (!moment_init(&moment, reenact)) {
        return;
    }
    const struct loss *loss = &moment.strike->hit.fault.loss;
    ret_losses->item_count = persist_item_count(moment.persist);
    page_add(page, PAGE_DISK, 2,
             "%u effects were not durable yet, in the order of their operations; the model "
             "`%s` may lose: %s",
             ret_losses->item_count, loss_model_name(loss->model), loss_model_help(loss->model));
    tell_items(&moment, page, ret_losses);
    if (persist_item_overflow(moment.persist) > 0) {
        page_add(page, PAGE_DISK, 9, "and %u older ones, taken as durable",
                 persist_item_overflow(moment.persist));
    }
    moment_done(&moment);
}

/* Restarts what such a loss leaves. */
static bool is_intact(const struct moment *moment, const struct loss *loss)
{
    struct reenact *reenact = moment->reenact;
    struct image *image = NULL;
    struct ending end;
    if (persist_loss_image(moment->persist, loss, &image, NULL) < 0) {
        return false;
    }
    int r = explore_judge_run(reenact->judge, &reenact->state, reenact->ledger, image, true, &end);
    image_free(image);
    return r == 0 && end.outcome == OUTCOME_INTACT;
}

static struct loss keep(const struct moment *moment, const struct loss *from, uint32_t item)
{
    struct loss loss = *from;
    for (uint32_t i = 0; i < loss.tear_count; i++) {
        if (loss.tears[i].item == item) {
            loss.tears[i] = loss.tears[--loss.tear_count];
        }
    }
    loss_keep(&loss, item);
    persist_loss_close(moment->persist, false, &loss);
    return loss;
}

static bool try_one(const struct moment *moment, struct losses *losses, struct page *page)
{
    const struct loss *from = &moment->strike->hit.fault.loss;
    char text[224];
    uint32_t found = 0;
    for (uint32_t i = 0; i < losses->item_count && losses->tried_count < TRIALS_MAX; i++) {
        if (loss_keeps(from, i)) {
            continue;
        }
        const struct loss loss = keep(moment, from, i);
        losses->tried_count++;
        if (!is_intact(moment, &loss)) {
            continue;
        }
        say_item(moment, i, text, sizeof(text));
        if (found++ == 0) {
            (void)snprintf(losses->matters, sizeof(losses->matters), "%s", text);
        }
        if (found <= 3) {
            page_add(page, PAGE_MATTERS, 2, "if %s had survived, nothing would be wrong", text);
        }
    }
    if (found > 3) {
        page_add(page, PAGE_MATTERS, 2, "and %u more, each by itself", found - 3);
    }
    return found > 0;
}

static bool try_two(const struct moment *moment, struct losses *losses, struct page *page)
{
    const struct loss *from = &moment->strike->hit.fault.loss;
    char first[112];
    char second[112];
    for (uint32_t i = 0; i < losses->item_count; i++) {
        for (uint32_t k = i + 1; k < losses->item_count && losses->tried_count < TRIALS_MAX; k++) {
            if (loss_keeps(from, i) || loss_keeps(from, k)) {
                continue;
            }
            const struct loss one = keep(moment, from, i);
            const struct loss loss = keep(moment, &one, k);
            losses->tried_count++;
            if (is_intact(moment, &loss)) {
                say_item(moment, i, first, sizeof(first));
                say_item(moment, k, second, sizeof(second));
                (void)snprintf(losses->matters, sizeof(losses->matters), "%s and %s", first,
                               second);
                page_add(page, PAGE_MATTERS, 2,
                         "no one of them decides; if both %s and %s had survived, nothing "
                         "would be wrong",
                         first, second);
                return true;
            }
        }
    }
    return false;
}

void losses_try(struct reenact *reenact, struct page *page, struct losses *losses)
{
    struct moment moment;
    if (losses->dropped_count == 0 || !moment_init(&moment, reenact)) {
        return;
    }
    struct loss all = moment.strike->hit.fault.loss;
    all.tear_count = 0;
    for (uint32_t i = 0; i < losses->item_count; i++) {
        loss_keep(&all, i);
    }
    losses->is_intact_if_kept = is_intact(&moment, &all);
    losses->is_decided = try_one(&moment, losses, page);
    if (!losses->is_decided) {
        losses->is_decided = try_two(&moment, losses, page);
    }
    if (!losses->is_decided) {
        page_add(page, PAGE_MATTERS, 2, "no one and no two of the lost effects decide (%u tried)",
                 losses->tried_count);
    }
    page_add(page, PAGE_MATTERS, 2, "with nothing lost, as a kill of the process leaves it, %s",
             losses->is_intact_if_kept ? "nothing is wrong" : "it is wrong all the same");
    moment_done(&moment);
}
