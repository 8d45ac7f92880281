/* Reads a whole store, with no decoder of the engine's. */
#include "harness/oracle/rules/disk_reader.h"

#include "harness/oracle/decode/disk_grow.h"
#include "harness/oracle/decode/disk_log_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A record is noted with the number of its queue, and its index unit is compared now, while the
 * window of the list is near. */
static int keep_record(void *arg, struct disk_record *record, const uint8_t *bytes)
{
    struct judge_state *state = arg;
    int r = disk_grow((void **)&state->records, &state->record_capacity, state->record_count + 1u,
                      sizeof *state->records);
    if (r < 0) {
        return r;
    }
    const char *topic = (const char *)(bytes + record->topic_at);
    record->queue =
        disk_queue_find(&state->queues, topic, record->topic_size_bytes, record->queue_id);
    if (record->queue == UINT32_MAX) {
        return -ENOMEM;
    }
    state->records[state->record_count++] = *record;
    return disk_index_compare(&state->index, state->view, record);
}

/* A log that stops inside a file and goes on later is judged by its first damage: those behind
 * it often follow from it. */
static bool keep_damage(void *arg, const struct disk_log_damage *damage)
{
    struct judge_state *state = arg;
    if (state->damage_count++ == 0) {
        state->damage = *damage;
    }
    return true;
}

/* A number behind "name=" at the start of a line, or -1. */
static int64_t find_number(const char *text, const char *name)
{
    size_t length = strlen(name);
    const char *line = text;
    while (line != NULL) {
        if (strncmp(line, name, length) == 0 && line[length] == '=') {
            return strtoll(line + length + 1, NULL, 10);
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    return -1;
}

/* 1: the text is there; 0: no such file, or an empty one, as a crash between create and write
 * leaves it. More than 511 bytes are not looked at: these files hold two short lines. */
static int read_text(const struct view *view, const char *base, const char *name, char text[512],
                     struct err *err)
{
    char path[DISK_LOG_PATH_SIZE_BYTES];
    snprintf(path, sizeof path, "%s/%s", base, name);
    memset(text, 0, 512);
    int64_t n = view->read(view->arg, path, 0, text, 511);
    if (n < 0 && n != -ENOENT) {
        return err_set(err, (int)n, "read '%s'", path);
    }
    return n > 0 ? 1 : 0;
}

int disk_reader_dledger(struct disk_reader_dledger *dledger, const struct view *view,
                        const char *base, struct err *err)
{
    char text[512];
    *dledger = (struct disk_reader_dledger){false, -1, -1, -1};
    int r = read_text(view, base, "checkpoint", text, err);
    if (r < 0) {
        return r;
    }
    dledger->has_checkpoint = r > 0;
    dledger->end_index = find_number(text, "endIndex");
    dledger->committed_index = find_number(text, "committedIndex");
    r = read_text(view, base, "currterm", text, err);
    dledger->current_term = find_number(text, "currTerm");
    return r < 0 ? r : 0;
}

/* Its contents are nothing: the name alone says that the last run did not stop cleanly. */
int disk_reader_has_abort(const struct view *view, struct err *err)
{
    int64_t size = view->size(view->arg, "abort");
    if (size < 0 && size != -ENOENT) {
        return err_set(err, (int)size, "size of 'abort'");
    }
    return size >= 0 ? 1 : 0;
}

uint64_t disk_reader_foreign_end(const struct disk_reader_cache *cache)
{
    if (cache->foreign_count == 0) {
        return 0;
    }
    const struct disk_reader_foreign *last = &cache->foreign[cache->foreign_count - 1];
    return last->offset + last->size_bytes;
}

/* Everything that the options decide about reading; the arrays of the last store are used again. */
static void set_up(struct judge_state *state, const struct store_options *options)
{
    bool is_dledger = options->mode == STORE_MODE_DLEDGER;
    state->options = *options;
    struct disk_log *log = &state->log;
    snprintf(log->directory, sizeof log->directory, "%s",
             is_dledger ? DISK_READER_DLEDGER_BASE "/data" : "commitlog");
    log->is_dledger = is_dledger;
    log->keep = true;
    log->is_lenient = !quirk_has_guard(&options->quirks, QUIRK_GUARD_RECORD_CRC);
    log->takes_slack = state->cache->has_base;
    log->is_resuming = false;
    log->file_size_bytes = options->log_file_size_bytes;
    state->queues.keep = true;
    state->queues.file_size_bytes =
        (uint64_t)options->queue_file_units * DISK_QUEUE_UNIT_SIZE_BYTES;
    state->queues.foreign_end = disk_reader_foreign_end(state->cache);
    state->record_count = 0;
    state->damage_count = 0;
}

/* A mark promises that all below it is synced. One beyond the log's end, or of other queues,
 * promises it of a store that is not this one (files were copied or removed), and recovery may
 * not believe it either. */
static uint64_t valid_mark(struct judge_state *state)
{
    const struct disk_mark *mark = &state->mark;
    if (mark->why != NULL || !quirk_has_guard(&state->options.quirks, QUIRK_GUARD_DURABLE_MARK) ||
        (uint64_t)mark->offset > state->log.end_offset ||
        !disk_mark_matches(mark, &state->queues)) {
        return UINT64_MAX;
    }
    return (uint64_t)mark->offset;
}

static int read_rest(struct judge_state *state, const struct view *view, struct err *err)
{
    int r = disk_mark_read(&state->mark, view, err);
    if (r < 0) {
        return r;
    }
    state->mark_offset = valid_mark(state);
    r = disk_offsets_read(&state->offsets, view, err);
    if (r < 0) {
        return r;
    }
    r = disk_reader_has_abort(view, err);
    if (r < 0) {
        return r;
    }
    state->has_abort = r > 0;
    return state->log.is_dledger
               ? disk_reader_dledger(&state->dledger, view, DISK_READER_DLEDGER_BASE, err)
               : 0;
}

/* Without the guard dledger-commit the list is RocketMQ's to keep, and says nothing. */
static int list_index(struct judge_state *state, const struct view *view, struct err *err)
{
    bool is_kept = state->log.is_dledger &&
                   quirk_has_guard(&state->options.quirks, QUIRK_GUARD_DLEDGER_COMMIT);
    return disk_index_list(&state->index, view, is_kept ? DISK_READER_DLEDGER_BASE : NULL, err);
}

bool disk_reader_last_entry(const struct judge_state *state, int64_t *ret_index)
{
    uint32_t count = state->record_count;
    *ret_index = count == 0 ? -1 : state->records[count - 1].entry_index;
    return count > 0 || state->log.min_offset == 0;
}

/* The index files of the log file that expired last may still be there. */
static int look_at_index_head(struct judge_state *state)
{
    uint64_t slack = state->options.log_file_size_bytes;
    uint64_t limit = state->log.min_offset > slack ? state->log.min_offset - slack : 0;
    return disk_index_look_at_head(&state->index, state->view, limit);
}

static int look_at_index(struct judge_state *state, struct err *err)
{
    int64_t last = -1;
    if (!disk_reader_last_entry(state, &last)) {
        return 0;
    }
    int r = disk_index_look_at_tail(&state->index, state->view, last);
    if (r == 0) {
        r = look_at_index_head(state);
    }
    return r < 0 ? err_set(err, r, "read '%s'", state->index.directory) : 0;
}

/* The queues come first: a record is given its queue's number as the log is scanned, and the
 * queues' min depends on the log's, which its listing tells. */
int disk_reader_read(struct judge_state *state, const struct view *view,
                     const struct store_options *options, struct err *err)
{
    set_up(state, options);
    int r = disk_queue_list(&state->queues, view, err);
    if (r < 0) {
        return r;
    }
    r = disk_log_list(&state->log, view, err);
    if (r < 0) {
        return r;
    }
    r = disk_queue_load(&state->queues, state->log.min_offset, err);
    if (r < 0) {
        return r;
    }
    r = list_index(state, view, err);
    if (r < 0) {
        return r;
    }
    const struct disk_log_visitor visitor = {state, keep_record, keep_damage, NULL};
    state->view = view;
    r = disk_log_scan(&state->log, view, &visitor, err);
    if (r == 0) {
        r = look_at_index(state, err);
    }
    state->view = NULL;
    if (r < 0) {
        return r == -ENOMEM ? err_set(err, r, "read the log") : r;
    }
    return read_rest(state, view, err);
}

const struct disk_record *disk_reader_find(const struct judge_state *state, uint64_t offset)
{
    uint32_t low = 0;
    uint32_t high = state->record_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (state->records[middle].offset < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == state->record_count || state->records[low].offset != offset) {
        return NULL;
    }
    return &state->records[low];
}

const uint8_t *disk_reader_bytes(const struct judge_state *state, const struct disk_record *record)
{
    return state->log.bytes + record->bytes_at;
}
