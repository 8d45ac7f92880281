/* Hands on to each of the eyes. */
#include "harness/oracle/foreign/foreign.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

int foreign_open(struct foreign *foreign, const struct foreign_store *store,
                 const char *delay_levels, struct err *err)
{
    foreign->store = *store;
    foreign->ext.view = store->view;
    foreign->batches.view = store->view;
    foreign->batches.log = store->log;
    foreign->batches.sink = store->sink;
    foreign->index.view = store->view;
    foreign->index.sink = store->sink;
    int r = delay_levels == NULL ? 0 : delay_levels_parse(&foreign->levels, delay_levels, err);
    if (r < 0) {
        return r;
    }
    r = around_look(&foreign->around, store->view, err);
    if (r < 0) {
        return r;
    }
    if (foreign->around.has_rocksdb_queues && store->queues->listed_count == 0) {
        return err_set(err, -ENOTSUP,
                       "its queues are in RocksDB (%s/), which is not judged, and it has no others",
                       foreign->around.first[AROUND_ROCKSDB]);
    }
    return batch_queue_list(&foreign->batches, err);
}

int foreign_look(struct foreign *foreign, int (*find)(void *arg, uint32_t queue, uint64_t offset,
                                                      struct disk_record *ret_record))
{
    return delay_levels_look(&foreign->levels, foreign->store.queues, foreign->store.arg, find);
}

bool foreign_take(const struct foreign *foreign, struct disk_record *record, const uint8_t *bytes)
{
    delay_levels_apply(&foreign->levels, record);
    bool is_batch = batch_queue_has(&foreign->batches, record, bytes);
    record->is_unjudged = record->is_unjudged || is_batch;
    return is_batch;
}

int foreign_seek(struct foreign *foreign, const struct disk_record *record, const uint8_t *bytes,
                 bool is_gapped)
{
    foreign->batches.is_gapped = is_gapped;
    return batch_queue_seek(&foreign->batches, record, bytes);
}

int foreign_record(struct foreign *foreign, const struct disk_record *record, const uint8_t *bytes)
{
    return batch_queue_record(&foreign->batches, record, bytes);
}

const char *foreign_refuse_tags(struct foreign *foreign, uint32_t queue, int64_t tags_code,
                                const struct disk_record *record)
{
    if (delay_levels_take(&foreign->levels, tags_code, record)) {
        return NULL;
    }
    if (cq_ext_is_address(tags_code)) {
        return cq_ext_refuse(&foreign->ext, foreign->store.queues, queue, tags_code, record);
    }
    snprintf(foreign->ext.why, sizeof foreign->ext.why,
             "is the wrong %s, expected %" PRId64 ", found %" PRId64,
             record->delay_level > 0 ? "due time" : "tags hash", record->tags_code, tags_code);
    return foreign->ext.why;
}

int foreign_end(struct foreign *foreign, int64_t index_flushed_ms, struct err *err)
{
    int r = batch_queue_end(&foreign->batches, foreign->store.log->end_offset);
    if (r < 0) {
        return err_set(err, r, "read a batch queue");
    }
    foreign->index.flushed_ms = index_flushed_ms;
    foreign->index.log = (struct index_file_log){.arg = foreign->store.arg,
                                                 .find = foreign->store.find,
                                                 .min_offset = foreign->store.log->min_offset};
    r = index_file_judge(&foreign->index, err);
    if (r < 0) {
        return r;
    }
    return foreign->ext.error < 0 ? err_set(err, foreign->ext.error, "read an ext unit") : 0;
}

void foreign_summarize(const struct foreign *foreign, struct foreign_summary *ret_summary)
{
    ret_summary->ext_unit_count = foreign->ext.followed_count;
    ret_summary->batch_unit_count = foreign->batches.unit_count;
    ret_summary->index_entry_count = foreign->index.entry_count;
    ret_summary->index_file_count = foreign->index.file_count;
    ret_summary->index_unjudged_count = foreign->index.unjudged_count;
    ret_summary->around = foreign->around;
    delay_levels_print(&foreign->levels, ret_summary->delay_levels);
}

void foreign_done(struct foreign *foreign)
{
    cq_ext_done(&foreign->ext);
    batch_queue_done(&foreign->batches);
    index_file_done(&foreign->index);
}
