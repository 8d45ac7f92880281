/* Events of a restart against what it did (decision.h). */
#include "harness/reenact/decision.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_SIZE_BYTES 20

static const char queues_folder[] = "consumequeue/";

static void take(const struct trace_entry *entry, uint32_t part, size_t at, enum blame_kind kind,
                 struct decision *ret_decision)
{
    *ret_decision = (struct decision){
        .kind = kind,
        .blame = {.kind = kind, .part = part, .entry = at},
        .event = (enum event)entry->values[0],
        .offset = (uint64_t)entry->values[1],
    };
}

/* The unit that the finding is about, "consumequeue/TOPIC/N/FILE"; false: it is of no queue. */
static bool unit_of(const struct finding *finding, char queue[DECISION_QUEUE_SIZE_BYTES],
                    uint64_t *ret_unit)
{
    size_t folder_length = strlen(queues_folder);
    const char *name = finding == NULL ? NULL : strrchr(finding->file, '/');
    if (name == NULL || strncmp(finding->file, queues_folder, folder_length) != 0 ||
        name < finding->file + folder_length) {
        return false;
    }
    const char *start = finding->file + folder_length;
    (void)snprintf(queue, DECISION_QUEUE_SIZE_BYTES, "%.*s", (int)(name - start), start);
    *ret_unit = (strtoull(name + 1, NULL, 10) + finding->offset) / UNIT_SIZE_BYTES;
    return true;
}

/* The text of the event begins with the queue's directory and a colon. */
static bool is_about(const struct trace_entry *entry, const char *queue)
{
    size_t folder_length = strlen(queues_folder);
    size_t length = strlen(queue);
    const char *name = entry->text + folder_length;
    return strncmp(entry->text, queues_folder, folder_length) == 0 &&
           strncmp(name, queue, length) == 0 && name[length] == ':';
}

/* What the event is, as something to look at first.  The store tells of a DUP_INFO check only after
 * it has read the same record again without it, and found it whole: the refusal was wrong by the
 * store's own reading. */
static enum blame_kind kind_of(const struct trace_entry *entry, const struct blame *blame,
                               bool is_before, const char *queue, uint64_t unit)
{
    bool is_removal = blame->kind == BLAME_REMOVED || blame->kind == BLAME_CUT;
    if (entry->values[0] == EVENT_DUP_INFO_CHECK && is_before && is_removal) {
        return BLAME_DECIDED;
    }
    bool is_cut = entry->values[0] == EVENT_QUEUE_CUT && queue[0] != '\0';
    if (is_cut && blame->kind == BLAME_WROTE && is_about(entry, queue) &&
        (uint64_t)entry->values[1] <= unit) {
        return BLAME_CLAIMED;
    }
    return BLAME_NONE;
}

void decision_find(const struct reenact *reenact, const struct blame *blame,
                   const struct finding *finding, struct decision *ret_decision)
{
    char queue[DECISION_QUEUE_SIZE_BYTES] = "";
    uint64_t unit = 0;
    memset(ret_decision, 0, sizeof(*ret_decision));
    if (reenact->part_count == 0 || blame->kind == BLAME_NONE || blame->strike != NULL) {
        return;
    }
    uint32_t last = reenact->part_count - 1;
    const struct reenact_part *part = &reenact->parts[last];
    /* What the restart itself wrote there it wrote after the cut: that is no contradiction. */
    if (blame->part == last || !unit_of(finding, queue, &unit)) {
        queue[0] = '\0';
    }
    for (size_t i = 0; part->is_restart && i < trace_count(part->trace); i++) {
        struct trace_entry entry;
        trace_get(part->trace, i, &entry);
        if (entry.is_note && entry.note == TRACE_NOTE_OPENED) {
            break;
        }
        if (!entry.is_note || entry.note != TRACE_NOTE_EVENT) {
            continue;
        }
        bool is_before = blame->part == last && i < blame->entry;
        enum blame_kind kind = kind_of(&entry, blame, is_before, queue, unit);
        if (kind != BLAME_NONE) {
            take(&entry, last, i, kind, ret_decision);
        }
    }
    if (ret_decision->kind == BLAME_CLAIMED) {
        (void)snprintf(ret_decision->queue, sizeof(ret_decision->queue), "%s", queue);
    }
}
