/* results.jsonl of a run that is over: as it was written, or packed. */
#ifndef HARNESS_ARCHIVE_RESULTS_FILE_H
#define HARNESS_ARCHIVE_RESULTS_FILE_H

#include "store/base/err.h"

#include <stdint.h>
#include <stdio.h>

/* What its name ends with then: an LZ4 frame, as lz4(1) makes and reads it. */
#define RESULTS_FILE_PACKED ".lz4"

/* Opens the one in the run directory `dir` for reading, whichever it is; the caller closes the
 * stream.  A packed one cannot be sought in, and one that is damaged ends in an error of the stream
 * (errno EBADMSG).  0 or -errno. */
int results_file_open(const char *dir, FILE **ret_stream, struct err *err);

/* Packs the one in `dir_fd`: the packed file is there whole before the other goes, and nothing
 * happens where there is none to be packed.  Durable are its bytes.  `*ret_saved_bytes`: by how
 * much it is smaller.  1 when it was packed, 0 or -errno. */
int results_file_pack(int dir_fd, uint64_t *ret_saved_bytes, struct err *err);

#endif
