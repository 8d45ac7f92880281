/* A row of files from the inside: for the files of segment_list alone. */
#ifndef STORE_FILES_SEGMENT_H
#define STORE_FILES_SEGMENT_H

#include "store/files/segment_list.h"
#include "store/files/sync_seq.h"

struct segment {
    uint64_t start;
    struct disk_file *file; /* NULL until first touched */
    struct sync_seq seq;
    bool is_empty; /* length 0 on disk: extended when next needed */
};

/* From the first byte that was zeroed to the last; both 0: none was. */
struct segment_zeros {
    uint64_t from;
    uint64_t to;
};

struct segment_list {
    struct segment_list_options options;
    char dir[DISK_PATH_SIZE_BYTES];
    struct segment *segments;
    uint32_t count;
    uint32_t capacity;
    uint64_t end;
    uint64_t suspect_from;      /* nothing from here on is known to be durable */
    uint64_t garbage_end;       /* a failed append may have written up to here; 0: none did */
    struct segment_zeros zeros; /* past the end, and no sync covers them yet */
    uint64_t dir_seq;           /* grows with each change of the directory */
    uint64_t dir_done_seq;      /* dir_seq when last synced */
    bool has_sync_failed;
};

#endif
