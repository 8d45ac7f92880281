/* The tails: see recovery_tail.h. */
#include "store/recovery/recovery_tail.h"

#include "store/base/bytes.h"
#include "store/recovery/recovery_queues.h"

#include <inttypes.h>

/* Whether something begins at the log's end. Eight bytes are enough to tell a record, a blank or an
 * entry from zeros: all of them begin with a size or a magic. A failed look is a no. */
static bool has_bytes_past_end(struct segment_list *files)
{
    uint64_t end = segment_list_end(files);
    uint64_t file_size = segment_list_file_size(files);
    uint8_t at[8] = {0};
    uint64_t left = file_size - end % file_size;
    if (segment_list_find(files, end) < 0) {
        return false;
    }
    int r = segment_list_read(files, end, at, left < sizeof(at) ? (size_t)left : sizeof(at), NULL);
    return r == 0 && !bytes_is_zero(at, sizeof(at));
}

/* Whether a clean stop's mark vouches for all there is: it stands at the end, in the last file or
 * where that begins.  Only that file's first bytes are looked at: a stop leaves zeros there. */
static bool is_trusted(struct engine *engine, const struct recovery_found *found,
                       const struct recovery_bound *bound, uint64_t scan_end)
{
    struct segment_list *files = record_log_files(engine->log);
    return found->is_normal && bound->has_mark && scan_end == bound->from &&
           segment_list_limit(files) - scan_end <= segment_list_file_size(files) &&
           !has_bytes_past_end(files);
}

/* The event tells of the log alone, and also when nothing was zeroed because the guard is off: by
 * it a scenario knows that a tail was torn. */
static int clean_log(struct engine *engine, struct err *err)
{
    struct segment_list *files = record_log_files(engine->log);
    bool is_cut = has_bytes_past_end(files);
    int64_t r = segment_list_zero_past_end(files, err);
    if (is_cut || r > 0) {
        event_emit(&engine->sink, EVENT_LOG_CUT, segment_list_end(files),
                   "the log ends at %" PRIu64, segment_list_end(files));
    }
    if (r >= 0 && engine->dledger != NULL) {
        r = segment_list_zero_past_end(dledger_log_index_files(engine->dledger), err);
    }
    return r < 0 ? (int)r : 0;
}

int recovery_tail_clean(struct engine *engine, const struct recovery_found *found,
                        const struct recovery_bound *bound, uint64_t scan_end, bool *ret_is_trusted,
                        struct err *err)
{
    *ret_is_trusted = is_trusted(engine, found, bound, scan_end);
    if (!*ret_is_trusted) {
        int r = clean_log(engine, err);
        return r < 0 ? r : recovery_queues_clean_tails(engine, false, err);
    }
    segment_list_trust_tail(record_log_files(engine->log));
    if (engine->dledger != NULL) {
        segment_list_trust_tail(dledger_log_index_files(engine->dledger));
    }
    return recovery_queues_clean_tails(engine, true, err);
}
