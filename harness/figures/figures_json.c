/* Rows of numbers, with the names of their columns beside them (figures_json.h). */
#include "harness/figures/figures_json.h"

#include "harness/case/points.h"
#include "store/format/types.h"

static json_t *number(uint64_t value)
{
    return json_integer(value > INT64_MAX ? -1 : (json_int_t)value);
}

/* "none that there is" is -1 for readers. */
static json_t *index_of(uint32_t value)
{
    return json_integer(value == UINT32_MAX ? -1 : (json_int_t)value);
}

/* Paths and topics come from a disk, and need not be UTF-8. */
static json_t *text(const char *words)
{
    json_t *json = json_string(words);
    return json == NULL ? json_string("?") : json;
}

static json_t *columns(const char *const *names)
{
    json_t *array = json_array();
    for (; *names != NULL; names++) {
        (void)json_array_append_new(array, json_string(*names));
    }
    return array;
}

/* "columns" and "rows", to be filled. */
static json_t *table(const char *const *names)
{
    json_t *object = json_object();
    (void)json_object_set_new(object, "columns", columns(names));
    (void)json_object_set_new(object, "rows", json_array());
    return object;
}

static void add_row(json_t *table, json_t *row)
{
    (void)json_array_append_new(json_object_get(table, "rows"), row);
}

static json_t *ops(const struct figures *figures)
{
    static const char *const names[] = {"point",  "op",         "file",   "hit",     "round",
                                        "offset", "size_bytes", "result", "time_ms", "covered_by",
                                        "part",   "restart",    NULL};
    json_t *list = table(names);
    for (uint32_t i = 0; i < figures->op_count; i++) {
        const struct figures_op *op = &figures->ops[i];
        add_row(list, json_pack("[ssiiiooIIoib]", point_name((enum point)op->point),
                                point_op_name(op->op), (int)op->file, (int)op->hit, (int)op->round,
                                number(op->offset), number(op->size_bytes), (json_int_t)op->result,
                                (json_int_t)op->time_ms, index_of(op->covered_by), (int)op->part,
                                (int)op->is_restart));
    }
    return list;
}

static json_t *notes(const struct figures *figures)
{
    static const char *const names[] = {"before", "note", "value", "status", "restart", NULL};
    json_t *list = table(names);
    for (uint32_t i = 0; i < figures->note_count; i++) {
        const struct figures_note *note = &figures->notes[i];
        add_row(list, json_pack("[isIIb]", (int)note->before_op, trace_note_name(note->note),
                                (json_int_t)note->value, (json_int_t)note->status,
                                (int)note->is_restart));
    }
    return list;
}

static json_t *strikes(const struct figures *figures)
{
    static const char *const names[] = {"before", "point", "hit", "round", "file", "fault", NULL};
    json_t *list = table(names);
    for (uint32_t i = 0; i < figures->strike_count; i++) {
        const struct figures_strike *strike = &figures->strikes[i];
        add_row(list,
                json_pack("[isiiis]", (int)strike->before_op, point_name((enum point)strike->point),
                          (int)strike->hit, (int)strike->round, (int)strike->file,
                          fault_kind_name(strike->kind)));
    }
    return list;
}

static json_t *crashes(const struct figures *figures)
{
    static const char *const names[] = {"op", "all_survives", "outcome", "plan", NULL};
    json_t *list = table(names);
    for (uint32_t i = 0; i < figures->crash_count; i++) {
        const struct figures_crash *crash = &figures->crashes[i];
        add_row(list, json_pack("[ibss]", (int)crash->op, (int)crash->is_kept,
                                outcome_name((enum outcome)crash->outcome),
                                crash->outcome == OUTCOME_INTACT ? "" : crash->plan));
    }
    return list;
}

static json_t *stage_records(const struct figures_stage *stage)
{
    static const char *const names[] = {"offset", "size_bytes",   "message",
                                        "queue",  "queue_offset", NULL};
    json_t *list = table(names);
    for (uint32_t i = 0; i < stage->record_count; i++) {
        const struct figures_record *record = &stage->records[i];
        add_row(list, json_pack("[oiioI]", number(record->offset), (int)record->size_bytes,
                                (int)record->message, index_of(record->queue),
                                (json_int_t)record->queue_offset));
    }
    return list;
}

static json_t *stage_units(const struct figures_stage *stage)
{
    static const char *const states[] = {[FIGURES_UNIT_TRUE] = "true",
                                         [FIGURES_UNIT_DANGLING] = "dangling",
                                         [FIGURES_UNIT_OTHER] = "other",
                                         [FIGURES_UNIT_EMPTY] = "empty"};
    static const char *const names[] = {"queue", "index", "offset", "size_bytes", "state", NULL};
    json_t *list = table(names);
    for (uint32_t i = 0; i < stage->unit_count; i++) {
        const struct figures_unit *unit = &stage->units[i];
        add_row(list,
                json_pack("[iooos]", (int)unit->queue, number(unit->index), number(unit->offset),
                          number(unit->size_bytes), states[unit->state]));
    }
    return list;
}

static json_t *stage_object(const struct figures_stage *stage)
{
    json_t *queues = json_array();
    json_t *files = json_array();
    for (uint32_t i = 0; i < stage->queue_count; i++) {
        const struct figures_queue *queue = &stage->queues[i];
        (void)json_array_append_new(queues,
                                    json_pack("{sososo}", "name", text(queue->name), "min",
                                              number(queue->min), "max", number(queue->max)));
    }
    for (uint32_t i = 0; i < stage->span_count; i++) {
        (void)json_array_append_new(files, json_pack("[oo]", number(stage->spans[i].start),
                                                     number(stage->spans[i].size_bytes)));
    }
    return json_pack("{ss sb so so so so so so so si}", "stage", stage->name, "abort",
                     (int)stage->has_abort, "log_min", number(stage->log_min), "log_end",
                     number(stage->log_end), "mark",
                     stage->mark == UINT64_MAX ? json_null() : number(stage->mark), "log_files",
                     files, "queues", queues, "records", stage_records(stage), "units",
                     stage_units(stage), "left_out", (int)stage->left_out);
}

static json_t *messages(const struct figures *figures)
{
    static const char *const names[] = {"message", "sent",  "answered", "status",
                                        "left",    "found", "in_queue", NULL};
    json_t *list = table(names);
    for (uint32_t i = 0; i < figures->message_count; i++) {
        const struct figures_message *message = &figures->messages[i];
        add_row(list, json_pack("[ibbsbbb]", (int)message->message, (int)message->is_sent,
                                (int)message->is_answered,
                                message->is_answered
                                    ? types_put_status_name((enum store_put_status)message->status)
                                    : "",
                                (int)message->is_left, (int)message->is_found,
                                (int)message->is_in_queue));
    }
    return list;
}

json_t *figures_json(const struct figures *figures)
{
    if (!figures->is_there) {
        return json_null();
    }
    json_t *files = json_array();
    json_t *stages = json_array();
    for (uint32_t i = 0; i < figures->file_count; i++) {
        (void)json_array_append_new(files, text(figures->files[i]));
    }
    for (uint32_t i = 0; i < figures->stage_count; i++) {
        (void)json_array_append_new(stages, stage_object(&figures->stages[i]));
    }
    return json_pack("{so so so so so so so s{si si si si}}", "files", files, "ops", ops(figures),
                     "notes", notes(figures), "strikes", strikes(figures), "crashes",
                     crashes(figures), "stages", stages, "messages", messages(figures), "left_out",
                     "ops", (int)figures->ops_left_out, "notes", (int)figures->notes_left_out,
                     "messages", (int)figures->messages_left_out, "crash_positions",
                     (int)figures->crash_positions);
}
