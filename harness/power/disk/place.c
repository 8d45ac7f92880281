/* A directory or an image, as the restart protocol needs it. */
#include "harness/power/disk/place.h"

#include "store/disk/disk_posix.h"

int place_disk(const struct place *place, const struct disk_observer *observer,
               struct disk **ret_disk)
{
    return place->image != NULL ? image_disk(place->image, false, observer, ret_disk)
                                : disk_posix_new(place->dir_fd, true, observer, ret_disk);
}

struct view place_view(const struct place *place)
{
    if (place->image != NULL) {
        return image_view(place->image);
    }
    dir_view_reset(place->dir_view, place->dir_fd);
    return dir_view_view(place->dir_view);
}
