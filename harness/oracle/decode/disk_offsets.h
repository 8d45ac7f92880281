/* The oracle's reader of config/consumerOffset.json: {"offsetTable":{"topic@group":{0:5}}}, with
 * integer keys that fastjson does not quote. */
#ifndef HARNESS_ORACLE_DECODE_DISK_OFFSETS_H
#define HARNESS_ORACLE_DECODE_DISK_OFFSETS_H

#include "harness/oracle/decode/view.h"
#include "store/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISK_OFFSETS_PATH "config/consumerOffset.json"

struct disk_offset {
    size_t key_at; /* in `names`: "topic@group", NUL-terminated */
    uint32_t key_size_bytes;
    int32_t queue_id;
    int64_t offset;
};

enum disk_offsets_state {
    DISK_OFFSETS_MISSING,
    DISK_OFFSETS_EMPTY, /* no byte: counts as missing, for RocketMQ and for us */
    DISK_OFFSETS_UNSOUND,
    DISK_OFFSETS_SOUND
};

struct disk_offsets {
    struct disk_offset *entries;
    uint32_t count;
    size_t capacity;
    char *names;
    size_t names_size;
    size_t names_capacity;
    char *text;
    size_t text_capacity;
    bool has_file;   /* the main file is there */
    bool is_unsound; /* it is there and cannot be parsed */
    bool is_backup;  /* the entries come from .bak */
    enum disk_offsets_state main;
    enum disk_offsets_state backup; /* looked at when the main one is not sound */
    uint64_t unsound_at;            /* where the main file, or else .bak, stops being a table */
    const char *path;               /* of the file they come from */
};

/* Frees the entries and their names. All zeros is an empty table, and so is what this leaves. */
void disk_offsets_done(struct disk_offsets *offsets);
/* Reads the main file, or .bak when the main one is missing or unparsable.  0, -ENOMEM or the
 * view's error. */
int disk_offsets_read(struct disk_offsets *offsets, const struct view *view, struct err *err);
/* "topic@group" of an entry, NUL-terminated. It is valid until the next read, for the names may
 * move. */
const char *disk_offsets_key(const struct disk_offsets *offsets, const struct disk_offset *entry);
/* The committed offset of a queue of "topic@group", or -1. */
int64_t disk_offsets_find(const struct disk_offsets *offsets, const char *key, int32_t queue_id);

#endif
