/* A run, found and read. */
#include "harness/cli/nights/night_evidence.h"

#include "harness/archive/run_file.h"

static int read_report(const struct run_file *file, struct evidence *ret_evidence, struct err *err)
{
    const struct evidence_source source = {
        .id = file->id, .path = file->path, .report = file->report, .run = file->run};
    return evidence_read(&source, ret_evidence, err);
}

/* What somebody named and is no report is a mistake in the call, and no fault of the harness. */
static int as_usage(int r)
{
    return r == ERR_CORRUPT ? ERR_USAGE : r;
}

int night_evidence_read(const struct options_words *words, const char *runs,
                        struct evidence *ret_evidence, struct err *err)
{
    struct run_file file;
    bool is_named = words->operand < words->argc;
    if (words->argc - words->operand > 1) {
        return err_set(err, ERR_USAGE, "'%s' is one word too many: one run",
                       words->argv[words->operand + 1]);
    }
    int r = run_file_open(runs, is_named ? words->argv[words->operand] : "last", &file, err);
    if (r < 0) {
        return as_usage(r);
    }
    r = read_report(&file, ret_evidence, err);
    run_file_done(&file);
    return as_usage(r);
}
