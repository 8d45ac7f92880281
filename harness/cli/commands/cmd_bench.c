/* killpoint bench: starts killpoint-bench and shows each figure beside its floor and target. */
#include "harness/archive/whole_file.h"
#include "harness/base/process.h"
#include "harness/bench/bench.h"
#include "harness/cli/build_id.h"
#include "harness/cli/commands/commands.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/places.h"
#include "harness/cli/run/run_history.h"
#include "harness/cli/words/word_table.h"
#include "reports/paint.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/prctl.h>

#include <jansson.h>

#define DURATION_MS_DEFAULT 1000

struct session {
    struct bench_options bench;
    bool is_check;
    const char *json_path; /* NULL: none wanted */
    enum paint_when colour;
};

static int take_dir(void *dir, const char *value, struct err *err)
{
    if ((size_t)snprintf(dir, BENCH_DIR_SIZE_BYTES, "%s", value) >= BENCH_DIR_SIZE_BYTES) {
        return err_set(err, ERR_USAGE, "option '--dir': the path is too long");
    }
    return 0;
}

static const struct options_row rows[] = {
    {'c', "check", NULL, "exit 1 when a target is missed", OPTIONS_FLAG(struct session, is_check)},
    {0, "dir", "DIR", "where the put figures write (default: here)",
     OPTIONS_TAKEN(struct session, bench.dir, take_dir)},
    {0, "time", "SECONDS", "how long each figure is measured (default 1)",
     OPTIONS_SECONDS(struct session, bench.duration_ms)},
    {0, "json", "FILE", "write the figures as JSON, for gate --bench",
     OPTIONS_TEXT(struct session, json_path)},
    {0, "color", "WHEN", "auto, always or never",
     OPTIONS_TAKEN(struct session, colour, paint_when_take)},
};

static const char *const examples[] = {"bench", "bench --check --dir /var/tmp",
                                       "bench --time 5 --json bench.json", NULL};

static const struct options_command command = {
    .name = "bench",
    .operands = "",
    .summary = "Measures what cases, puts and recoveries cost.  Machines are noisy: each figure\n"
               "stands beside a floor that was measured in the same run.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
};

static _Noreturn void exec_bench(const char *program, const struct bench_options *options, int fd)
{
    char duration[16];
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)snprintf(duration, sizeof(duration), "%u", options->duration_ms);
    if (dup2(fd, STDOUT_FILENO) == STDOUT_FILENO) {
        (void)execl(program, program, options->dir, duration, (char *)NULL);
    }
    _exit(127);
}

/* All of the answer; false when the stream ends before. */
static bool read_answer(int fd, struct bench_answer *ret_answer)
{
    size_t done_bytes = 0;
    while (done_bytes < sizeof(*ret_answer)) {
        ssize_t got = read(fd, (char *)ret_answer + done_bytes, sizeof(*ret_answer) - done_bytes);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return false;
        }
        done_bytes += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static int measure(const struct bench_options *options, struct bench_answer *ret_answer,
                   struct err *err)
{
    char program[PLACES_PATH_SIZE_BYTES];
    int ends[2];
    int r = places_bench(program, err);
    if (r < 0) {
        return r;
    }
    if (pipe2(ends, O_CLOEXEC) < 0) {
        return err_set(err, -errno, "make a pipe for the bench");
    }
    pid_t pid = fork();
    if (pid == 0) {
        exec_bench(program, options, ends[1]);
    }
    int code = errno;
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        return err_set(err, -code, "start the bench");
    }
    bool is_whole = read_answer(ends[0], ret_answer);
    (void)close(ends[0]);
    struct process_end end = process_reap(pid);
    if (!is_whole) {
        char text[PROCESS_TEXT_SIZE_BYTES];
        process_describe(&end, text);
        return err_set(err, ERR_BROKEN, "the bench died while it measured (%s)", text);
    }
    return ret_answer->code < 0 ? err_set(err, ERR_BROKEN, "%s", ret_answer->text) : 0;
}

/* As many digits as mean something. */
static void number_text(double value, char text[32])
{
    double size = value < 0 ? -value : value;

    (void)snprintf(text, 32, "%.*f", size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3, value);
}

static void print_row(const struct bench_row *row, bool coloured)
{
    const char *word = row->is_met ? "met" : "missed";
    char value[32];
    char floor[32] = "-";
    char ratio[32] = "-";

    number_text(row->value, value);
    if (row->floor != 0) {
        number_text(row->floor, floor);
    }
    if (row->ratio != 0) {
        number_text(row->ratio, ratio);
    }
    (void)printf("%-38s %10s %-8s %10s %7s  ", row->name, value, row->unit, floor, ratio);
    if (row->has_target) {
        (void)printf("%s%s%s (%s)", paint_begin(coloured, row->is_met ? PAINT_GOOD : PAINT_BAD),
                     word, paint_end(coloured, row->is_met ? PAINT_GOOD : PAINT_BAD), row->target);
    }
    (void)printf("\n");
    if (row->floor_name[0] != '\0' || row->note[0] != '\0') {
        (void)printf("    %s%s%s%s\n", row->floor_name[0] == '\0' ? "" : "floor: ", row->floor_name,
                     row->floor_name[0] == '\0' || row->note[0] == '\0' ? "" : "; ", row->note);
    }
}

static unsigned print_text(const struct bench_result *result, bool coloured)
{
    unsigned missed = 0;
    unsigned targets = 0;

    (void)printf("%-38s %10s %-8s %10s %7s  %s\n", "figure", "value", "unit", "floor", "ratio",
                 "target");
    for (uint32_t i = 0; i < result->count; i++) {
        const struct bench_row *row = &result->rows[i];

        print_row(row, coloured);
        targets += row->has_target;
        missed += row->has_target && !row->is_met;
    }
    (void)printf("targets: %u met, %u missed\n", targets - missed, missed);
    return missed;
}

static json_t *figures_json(const struct bench_result *result)
{
    json_t *figures = json_array();

    for (uint32_t i = 0; i < result->count; i++) {
        const struct bench_row *row = &result->rows[i];

        (void)json_array_append_new(
            figures,
            json_pack("{ss sf ss sf ss sf ss ss sb sb ss}", "name", row->name, "value", row->value,
                      "unit", row->unit, "floor", row->floor, "floor_name", row->floor_name,
                      "ratio", row->ratio, "better", row->is_more_better ? "more" : "less",
                      "target", row->target, "has_target", (int)row->has_target, "met",
                      (int)row->is_met, "note", row->note));
    }
    return figures;
}

/* Takes the figures over. */
static int write_json(const char *path, json_t *figures, struct err *err)
{
    struct whole_file file;
    int r = whole_file_begin(&file, AT_FDCWD, path, err);

    if (r == 0) {
        word_table_print_json("figures", figures, file.stream);
        r = whole_file_finish(&file, err);
    }
    json_decref(figures);
    return r;
}

/* Where runs are kept the figures are, too; what goes wrong with that is said, and that is all. */
static void add_to_history(const struct bench_result *result)
{
    struct campaign_identity identity;
    json_t *figures = figures_json(result);
    struct err err = ERR_INIT;

    build_id_get("", &identity);
    if (run_history_bench(places_runs(), &identity, figures, &err) < 0) {
        (void)fprintf(stderr, "killpoint: %s; the figures are complete\n", err.text);
    }
    json_decref(figures);
}

int cmd_bench(int argc, char **argv)
{
    struct session session = {.bench = {.dir = ".", .duration_ms = DURATION_MS_DEFAULT}};
    struct options_words words = {argc, argv, argc};
    struct bench_answer *answer = calloc(1, sizeof(*answer));
    struct err err = ERR_INIT;
    unsigned missed = 0;
    if (answer == NULL) {
        return EXIT_CODE_BROKEN;
    }
    int r = options_parse(&command, &words, &session, &err);
    if (r != 0) {
        goto out;
    }
    r = measure(&session.bench, answer, &err);
    if (r < 0) {
        goto out;
    }
    missed = print_text(&answer->result, paint_is_wanted(session.colour, stdout));
    add_to_history(&answer->result);
    if (session.json_path != NULL) {
        r = write_json(session.json_path, figures_json(&answer->result), &err);
    }
out:
    free(answer);
    return exit_code_end(r, session.is_check && missed > 0 ? EXIT_CODE_FAILED : EXIT_CODE_OK, &err);
}
