/* The disk as the kernel gives it: every path relative to one directory descriptor. */
#ifndef STORE_DISK_DISK_POSIX_H
#define STORE_DISK_DISK_POSIX_H

#include "store/disk/disk.h"

/* `dir_fd` stays the caller's and must stay open as long as the disk. */
int disk_posix_new(int dir_fd, bool faults, const struct disk_observer *observer,
                   struct disk **ret_disk);

#endif
