/* What a consumer reads: the record that a queue's unit points at, if it is the one that the unit
 * means. */
#ifndef STORE_SERVICE_READER_H
#define STORE_SERVICE_READER_H

#include "store/service/engine.h"

#include <pthread.h>

struct reader_buffer;

/* Reads from `engine`, for threads that each keep the record they read last (`first`; NULL: none
 * has read). */
struct reader {
    struct engine *engine;
    struct reader_buffer *first;
};

/* Frees; what was read is gone. */
void reader_done(struct reader *reader);

/* Reads the record of unit `index`; it stays valid until the thread's next read.  A unit may be
 * torn, stale or shifted after a crash, and a record may be damaged: the record is parsed, its CRC
 * checked, and its topic, queue, offsets and tags compared with the unit's, so that a wrong record
 * is never served.  What the DLedger log has not committed is not there yet. -ENODATA: no such
 * unit; ERR_CORRUPT: the unit or the record is damaged; -EIO, -ENOMEM. */
int reader_get(struct reader *reader, const char *topic, int32_t queue_id, int64_t index,
               struct store_record *ret_record, struct err *err);

#endif
