/* Looking for batch queues: see batch_queues.h. */
#include "store/queue/batch_queues.h"

#include "store/base/text.h"
#include "store/queue/consume_queue.h"

#include <errno.h>

#define ROOT      "batchconsumequeue"
#define DEPTH_MAX 2 /* of directories below it: a topic's and a queue's */

/* A directory without files is what a deleted topic leaves; it holds no unit. */
static int refuse_files(struct disk *disk, const char *dir, int depth, struct err *err)
{
    struct disk_list names = {0};
    int r = disk_list(disk, consume_queue_points()->list, dir, &names, err);
    for (size_t i = 0; r == 0 && i < names.count; i++) {
        char path[DISK_PATH_SIZE_BYTES];
        size_t length = text_add(path, sizeof(path), 0, dir);
        length = text_add(path, sizeof(path), length, "/");
        (void)text_add(path, sizeof(path), length, names.entries[i].name);
        if (!names.entries[i].is_dir) {
            r = err_set(
                err, ERR_REFUSED,
                "'%s': batch queues (topics of the type BatchCQ) are not supported; nothing "
                "in log or queues was changed: go on with RocketMQ",
                path);
        } else if (depth < DEPTH_MAX) {
            r = refuse_files(disk, path, depth + 1, err);
        }
    }
    disk_list_done(&names);
    return r;
}

int batch_queues_refuse(struct disk *disk, struct err *err)
{
    int r = refuse_files(disk, ROOT, 0, err);
    return r == -ENOENT ? 0 : r;
}
