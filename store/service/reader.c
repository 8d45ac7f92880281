/* Reading a record through its unit: see reader.h. */
#include "store/service/reader.h"

#include "store/format/message_queues.h"
#include "store/format/message_tags.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What one thread read last. */
struct reader_buffer {
    struct reader_buffer *next;
    pthread_t thread;
    struct buffer record;
};

void reader_done(struct reader *reader)
{
    while (reader->first != NULL) {
        struct reader_buffer *buffer = reader->first;
        reader->first = buffer->next;
        buffer_done(&buffer->record);
        free(buffer);
    }
}

/* The calling thread's own; NULL without memory for it. A record stays valid until the same thread
 * reads again, whatever other threads do meanwhile. */
static struct buffer *own_buffer(struct reader *reader)
{
    pthread_t self = pthread_self();
    struct reader_buffer *buffer = reader->first;
    while (buffer != NULL && !pthread_equal(buffer->thread, self)) {
        buffer = buffer->next;
    }
    if (buffer == NULL) {
        buffer = calloc(1, sizeof(*buffer));
        if (buffer == NULL) {
            return NULL;
        }
        *buffer = (struct reader_buffer){.next = reader->first, .thread = self};
        buffer_init(&buffer->record, MESSAGE_SIZE_BYTES_MAX);
        reader->first = buffer;
    }
    return &buffer->record;
}

/* Whether unit `index` of the queue is one of those that the record has. */
static bool has_unit(const struct message_view *view, const struct consume_queue *queue,
                     int64_t index)
{
    const char *topic = consume_queue_topic(queue);
    struct message_queues queues;
    struct message_queue place;
    message_queues_begin(&queues, view);
    while (message_queues_next(&queues, &place)) {
        if (place.queue_id == consume_queue_id(queue) && place.queue_offset == index &&
            place.topic_size_bytes == strlen(topic) &&
            memcmp(place.topic, topic, place.topic_size_bytes) == 0) {
            return true;
        }
    }
    return false;
}

/* Reads the record a unit points at and checks that it is the one meant. */
static int read_record(struct reader *reader, const struct consume_queue *queue, int64_t index,
                       const struct consume_queue_unit *unit, struct store_record *ret_record,
                       struct err *err)
{
    const struct engine *engine = reader->engine;
    uint64_t offset = (uint64_t)unit->physical_offset;
    uint32_t size = (uint32_t)unit->size_bytes;
    if (unit->physical_offset < 0 || size < MESSAGE_SIZE_BYTES_MIN ||
        size > MESSAGE_SIZE_BYTES_MAX || offset < record_log_min(engine->log)) {
        return err_set(err, ERR_CORRUPT,
                       "unit %" PRId64 " points nowhere: %" PRId64 ", %" PRId32 " bytes", index,
                       unit->physical_offset, unit->size_bytes);
    }
    struct buffer *record = own_buffer(reader);
    if (record == NULL || buffer_reserve(record, size) < 0) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    int r = segment_list_read(record_log_files(engine->log), offset, record->data, size, err);
    if (r < 0) {
        return r == -ENODATA ? err_wrap(err, ERR_CORRUPT, "unit %" PRId64, index) : r;
    }
    struct message_view view;
    bool has_crc = engine_has_guard(engine, QUIRK_GUARD_RECORD_CRC);
    struct message_check check = {.body_crc = true,
                                  .property_crc = has_crc,
                                  .require_property_crc = has_crc && engine->is_all_crc};
    if (message_parse(record->data, size, &check, &view) != MESSAGE_RECORD ||
        view.size_bytes != size || view.physical_offset != offset ||
        !has_unit(&view, queue, index) || message_tags_code(&view) != unit->tags_code) {
        return err_set(err, ERR_CORRUPT,
                       "unit %" PRId64 " points at %" PRIu64 ", where its record is not", index,
                       offset);
    }
    *ret_record = (struct store_record){
        .record = record->data,
        .size_bytes = size,
        .physical_offset = offset,
        .tags_code = unit->tags_code,
    };
    return 0;
}

/* A unit beyond the committed entry is kept from consumers, even though it is there: without the
 * guard dledger-commit a start may find some. */
int reader_get(struct reader *reader, const char *topic, int32_t queue_id, int64_t index,
               struct store_record *ret_record, struct err *err)
{
    const struct engine *engine = reader->engine;
    struct consume_queue *queue = queue_store_find(engine->queues, topic, strlen(topic), queue_id);
    struct consume_queue_unit unit;
    if (queue == NULL || index < consume_queue_min(queue) || index >= consume_queue_max(queue)) {
        return err_set(err, -ENODATA, "'%s' queue %" PRId32 " has no unit %" PRId64, topic,
                       queue_id, index);
    }
    int r = consume_queue_read(queue, index, &unit, err);
    if (r < 0) {
        return r == -ENODATA ? ERR_CORRUPT : r;
    }
    if (unit.physical_offset >= 0 && (uint64_t)unit.physical_offset >= engine->committed) {
        return err_set(err, -ENODATA, "unit %" PRId64 " is not committed", index);
    }
    return read_record(reader, queue, index, &unit, ret_record, err);
}
