/* The plain log: see commitlog.h. */
#include "store/log/commitlog.h"

#include "store/base/bytes.h"

static const struct segment_list_points points = {
    .list = POINT_COMMITLOG_LIST,
    .open = POINT_COMMITLOG_OPEN,
    .size = POINT_COMMITLOG_SIZE,
    .read = POINT_COMMITLOG_READ,
    .seek = POINT_COMMITLOG_SEEK,
    .create = POINT_COMMITLOG_CREATE,
    .extend = POINT_COMMITLOG_EXTEND,
    .append = POINT_COMMITLOG_APPEND,
    .sync = POINT_COMMITLOG_SYNC,
    .sync_dir = POINT_COMMITLOG_SYNC_DIR,
    .rewrite = POINT_COMMITLOG_REWRITE,
    .zero_tail = POINT_COMMITLOG_ZERO_TAIL,
    .cut_file = POINT_COMMITLOG_CUT_FILE,
    .expire = POINT_COMMITLOG_EXPIRE,
};

static uint32_t needs(const uint8_t *at, size_t available_bytes)
{
    if (available_bytes < MESSAGE_BLANK_SIZE_BYTES) {
        return 0;
    }
    uint32_t magic = bytes_get_be32(at + 4);
    if (magic == MESSAGE_MAGIC_BLANK) {
        return MESSAGE_BLANK_SIZE_BYTES;
    }
    uint32_t size_bytes = bytes_get_be32(at);
    bool is_sound = (magic == MESSAGE_MAGIC_V1 || magic == MESSAGE_MAGIC_V2) &&
                    size_bytes >= MESSAGE_SIZE_BYTES_MIN && size_bytes <= MESSAGE_SIZE_BYTES_MAX;
    return is_sound ? size_bytes : 0;
}

static void parse(const uint8_t *at, size_t available_bytes, const struct record_log_check *check,
                  struct record_log_item *item)
{
    item->kind = message_parse(at, available_bytes, &check->message, &item->view);
    item->size_bytes = item->view.size_bytes;
    if (item->kind == MESSAGE_RECORD && check->place &&
        item->view.physical_offset != item->position) {
        item->kind = MESSAGE_BROKEN;
    }
}

const struct record_log_format commitlog_format = {
    .name = COMMITLOG_DIR,
    .points = &points,
    .blank = POINT_COMMITLOG_BLANK,
    .header_size_bytes = 0,
    .is_blank_whole = false,
    .put_blank = message_put_blank,
    .needs = needs,
    .parse = parse,
};
