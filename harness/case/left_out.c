/* Lists of what was not run. */
#include "harness/case/left_out.h"

#include "store/base/ensure.h"
#include "store/base/names.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = {LEFT_OUT_MAP(NAMES_NAME)};
static const char *const helps[] = {LEFT_OUT_MAP(NAMES_HELP)};
static const char *const units[] = {LEFT_OUT_UNIT_MAP(NAMES_NAME)};
static const char *const many[] = {LEFT_OUT_UNIT_MAP(NAMES_HELP)};

/* There is a place for each reason and unit, so a list is never full. */
static struct left_out_entry *take_entry(struct left_out *list, enum left_out_reason reason,
                                         enum left_out_unit unit)
{
    ENSURE((unsigned)reason < LEFT_OUT_REASON_COUNT && (unsigned)unit < LEFT_OUT_UNIT_COUNT);
    for (uint32_t i = 0; i < list->entry_count; i++) {
        if (list->entries[i].reason == reason && list->entries[i].unit == unit) {
            return &list->entries[i];
        }
    }
    struct left_out_entry *entry = &list->entries[list->entry_count++];
    memset(entry, 0, sizeof(*entry));
    entry->reason = reason;
    entry->unit = unit;
    return entry;
}

static void set_text(struct left_out_entry *entry, const char *text)
{
    if (text[0] != '\0') {
        (void)snprintf(entry->text, sizeof(entry->text), "%s", text);
    }
    entry->scenario_count = 1;
}

void left_out_add(struct left_out *list, enum left_out_reason reason, enum left_out_unit unit,
                  uint64_t count, const char *text)
{
    if (count == 0) {
        return;
    }
    struct left_out_entry *entry = take_entry(list, reason, unit);
    entry->count += count;
    set_text(entry, text);
}

void left_out_add_uncounted(struct left_out *list, enum left_out_reason reason,
                            enum left_out_unit unit, const char *text)
{
    struct left_out_entry *entry = take_entry(list, reason, unit);
    entry->is_uncounted = true;
    set_text(entry, text);
}

/* A text that is not true of all that the sum counts would be taken for one that is. */
void left_out_merge(struct left_out *sum, const struct left_out *part)
{
    for (uint32_t i = 0; i < part->entry_count; i++) {
        const struct left_out_entry *from = &part->entries[i];
        struct left_out_entry *to = take_entry(sum, from->reason, from->unit);
        if (to->scenario_count == 0) {
            memcpy(to->text, from->text, sizeof(to->text));
        } else if (strcmp(to->text, from->text) != 0) {
            to->text[0] = '\0';
        }
        to->count += from->count;
        to->is_uncounted |= from->is_uncounted;
        to->scenario_count += from->scenario_count;
    }
}

const struct left_out_entry *left_out_find(const struct left_out *list, enum left_out_reason reason,
                                           enum left_out_unit unit)
{
    for (uint32_t i = 0; i < list->entry_count; i++) {
        if (list->entries[i].reason == reason && list->entries[i].unit == unit) {
            return &list->entries[i];
        }
    }
    return NULL;
}

uint64_t left_out_count(const struct left_out *list, enum left_out_unit unit,
                        bool *ret_is_uncounted)
{
    uint64_t count = 0;
    *ret_is_uncounted = false;
    for (uint32_t i = 0; i < list->entry_count; i++) {
        if (list->entries[i].unit == unit) {
            count += list->entries[i].count;
            *ret_is_uncounted |= list->entries[i].is_uncounted;
        }
    }
    return count;
}

const char *left_out_name(enum left_out_reason reason)
{
    ENSURE((unsigned)reason < LEFT_OUT_REASON_COUNT);
    return names[reason];
}

const char *left_out_help(enum left_out_reason reason)
{
    ENSURE((unsigned)reason < LEFT_OUT_REASON_COUNT);
    return helps[reason];
}

enum left_out_reason left_out_reason_find(const char *name)
{
    return (enum left_out_reason)names_find(names, LEFT_OUT_REASON_COUNT, name);
}

const char *left_out_unit_name(enum left_out_unit unit, uint64_t count)
{
    ENSURE((unsigned)unit < LEFT_OUT_UNIT_COUNT);
    return count == 1 ? units[unit] : many[unit];
}

const char *left_out_entry_text(const struct left_out_entry *entry)
{
    return entry->text[0] != '\0' ? entry->text : left_out_help(entry->reason);
}
