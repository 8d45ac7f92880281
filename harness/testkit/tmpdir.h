/* A temporary directory for one test, named by the line that made it and kept when the test
 * fails: only tmpdir_remove(), which a failed assertion skips, deletes it. */
#ifndef HARNESS_TESTKIT_TMPDIR_H
#define HARNESS_TESTKIT_TMPDIR_H

#define TMPDIR_PATH_SIZE_BYTES 256

struct tmpdir {
    char path[TMPDIR_PATH_SIZE_BYTES];
    int fd; /* of the directory, O_DIRECTORY | O_CLOEXEC */
};

/* Makes one below $TMPDIR (default /tmp); aborts when it cannot. */
#define tmpdir_make(ret_dir) tmpdir_make_at((ret_dir), __FILE__, __LINE__)
void tmpdir_make_at(struct tmpdir *ret_dir, const char *file, int line);

/* Deletes the directory with all that is in it and closes the descriptor. */
void tmpdir_remove(struct tmpdir *dir);

/* Deletes `name` below `dir_fd` with all that is in it.  Returns 0 (also when it was not there) or
 * -errno. */
int tmpdir_remove_tree(int dir_fd, const char *name);

#endif
