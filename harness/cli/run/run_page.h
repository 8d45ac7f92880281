/* The page of a run, made of what its directory keeps. */
#ifndef HARNESS_CLI_RUN_RUN_PAGE_H
#define HARNESS_CLI_RUN_RUN_PAGE_H

#include "harness/archive/run_file.h"

#define RUN_PAGE_NAME "report.html"

/* Writes report.html into the directory of `file`, or with `path` there, with the stories of its
 * causes and what the runs beside it say of earlier nights; `command` is how the program is called.
 * The file appears whole or not at all.  0, -ENOMEM, -EFBIG or -errno. */
int run_page_write(const struct run_file *file, const char *path, const char *command,
                   struct err *err);
/* The same of the directory, in it. */
int run_page_write_dir(const char *run_dir, const char *command, struct err *err);

#endif
