/* Puts a directory into the state a test is about: files written, cut, damaged, looked at.
 *
 * Paths are relative to `dir_fd`.  A failed system call aborts the test: the state would not be
 * what the test says it is. */
#ifndef HARNESS_TESTKIT_DISKSTATE_H
#define HARNESS_TESTKIT_DISKSTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes a directory and those above it. */
void diskstate_mkdir(int dir_fd, const char *path);
/* Replaces a file (and makes its directories). */
void diskstate_write(int dir_fd, const char *path, const void *data, size_t size_bytes);
/* Writes into an existing file. */
void diskstate_overwrite(int dir_fd, const char *path, uint64_t offset, const void *data,
                         size_t size_bytes);
void diskstate_truncate(int dir_fd, const char *path, uint64_t size_bytes);
/* Flips bit `bit` (0: lowest) of the byte at `offset`. */
void diskstate_flip_bit(int dir_fd, const char *path, uint64_t offset, unsigned bit);
void diskstate_zero_fill(int dir_fd, const char *path, uint64_t offset, uint64_t size_bytes);
void diskstate_unlink(int dir_fd, const char *path);

/* Copies all that is in a directory into another one, which is empty. */
void diskstate_copy(int from_fd, int to_fd);

bool diskstate_exists(int dir_fd, const char *path);
/* -1 when there is none. */
int64_t diskstate_size(int dir_fd, const char *path);
/* The whole file; the caller frees.  `ret_size_bytes` may be NULL.  A 0 byte follows the data. */
uint8_t *diskstate_read(int dir_fd, const char *path, size_t *ret_size_bytes);

#endif
