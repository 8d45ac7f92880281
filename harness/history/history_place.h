/* Which file systems a write-ahead log can lie on: its index is memory that processes share, which
 * hosts do not. */
#ifndef HARNESS_HISTORY_HISTORY_PLACE_H
#define HARNESS_HISTORY_HISTORY_PLACE_H

/* The name of a file system that other hosts may have mounted, too; NULL: it is local.  `magic` is
 * of statfs(2).  A static string. */
const char *history_place_remote(unsigned long magic);
/* The same of the file system that `path` lies on; NULL also when nobody knows. */
const char *history_place_of(const char *path);

#endif
