/* Appending.  An append that failed may have left bytes past the end; they are zeroed, and that is
 * synced, before the next one, or a crash would find the old rest behind the new bytes. */
#include "store/files/segment.h"

int segment_list_append(struct segment_list *list, const void *data, size_t size_bytes,
                        struct err *err)
{
    return segment_list_append_as(list, list->options.points->append, data, size_bytes, err);
}

int segment_list_append_as(struct segment_list *list, enum point point, const void *data,
                           size_t size_bytes, struct err *err)
{
    if (list->garbage_end != 0 && list->options.tail_zero) {
        int64_t zeroed = segment_list_zero_tail(list, err);
        if (zeroed < 0) {
            return (int)zeroed;
        }
    }
    uint64_t end = list->end + size_bytes;
    int r = segment_list_write(list, point, list->end, data, size_bytes, err);
    if (r < 0) {
        list->garbage_end = list->garbage_end > end ? list->garbage_end : end;
        return r;
    }
    list->end = end;
    if (list->garbage_end <= end) {
        list->garbage_end = 0;
    }
    return 0;
}
