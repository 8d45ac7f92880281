/* A directory or an image. */
#include "harness/power/disk/place.h"

#include "harness/power/disk/dir_tree.h"
#include "harness/power/disk/rot.h"
#include "store/disk/disk_posix.h"

int place_disk(const struct place *place, const struct disk_observer *observer,
               struct disk **ret_disk)
{
    if (place->image == NULL) {
        return disk_posix_new(place->dir_fd, true, observer, ret_disk);
    }
    return place->is_shared ? image_disk_locked(place->image, place->has_faults, observer, ret_disk)
                            : image_disk(place->image, place->has_faults, observer, ret_disk);
}

struct view place_view(const struct place *place)
{
    if (place->image != NULL) {
        return image_view(place->image);
    }
    dir_view_reset(place->dir_view, place->dir_fd);
    return dir_view_view(place->dir_view);
}

int place_remove(const struct place *place, const char *path, struct err *err)
{
    if (place->image == NULL) {
        (void)dir_tree_remove(place->dir_fd, path, NULL);
        return 0;
    }
    int r = image_remove(place->image, path);
    return r < 0 ? err_set(err, r, "out of memory for an image") : 0;
}

int place_rot(const struct place *place, const struct plan_before *step, struct err *err)
{
    return place->image != NULL ? rot_image(place->image, step, err)
                                : rot_file(place->dir_fd, step, err);
}
