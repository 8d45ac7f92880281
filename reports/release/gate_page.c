/* A gate's page.  Texts of runs and policies are escaped: a cell stays a cell. */
#include "reports/release/gate_page.h"

#include "harness/gate/cause_rules.h"
#include "reports/paint.h"
#include "reports/release/gate_text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Of Markdown's characters those that change what follows in a cell or a paragraph. */
static void put(FILE *stream, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (strchr("\\`*_|<>[]#", *at) != NULL) {
            (void)fputc('\\', stream);
        }
        (void)fputc((unsigned char)*at < ' ' ? ' ' : *at, stream);
    }
}

static void put_cell(FILE *stream, const char *text)
{
    (void)fputs(" ", stream);
    put(stream, *text == '\0' ? "-" : text);
    (void)fputs(" |", stream);
}

static void put_pair(FILE *stream, const char *name, const char *text)
{
    (void)fputs("|", stream);
    put_cell(stream, name);
    put_cell(stream, text);
    (void)fputs("\n", stream);
}

static void put_reasons(FILE *stream, const struct verdict *verdict)
{
    if (verdict_is_good(verdict)) {
        return;
    }
    (void)fputs("## Why not\n\n", stream);
    for (size_t i = 0; i < verdict->row_count; i++) {
        if (!verdict->rows[i].holds) {
            (void)fputs("* **", stream);
            put(stream, verdict->rows[i].rule);
            (void)fputs("**: ", stream);
            put(stream, verdict->rows[i].reason);
            (void)fputs("\n", stream);
        }
    }
    (void)fputs("\n", stream);
}

static void put_time(FILE *stream, const char *name, time_t when)
{
    char text[32] = "";
    struct tm utc;
    if (gmtime_r(&when, &utc) != NULL) {
        (void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &utc);
    }
    put_pair(stream, name, text);
}

static void put_tested(FILE *stream, const struct gate_case *asked)
{
    const struct evidence *evidence = asked->evidence;
    char text[256];
    char duration[PAINT_DURATION_SIZE_BYTES];
    (void)fputs("## What was tested\n\n| | |\n| --- | --- |\n", stream);
    put_pair(stream, "run", evidence->id[0] == '\0' ? evidence->path : evidence->id);
    if (evidence->has_run) {
        put_time(stream, "began", evidence->began);
        put_pair(stream, "command", evidence->command);
    }
    put_pair(stream, "took", paint_duration(evidence->duration_us, duration));
    (void)snprintf(text, sizeof(text), "%s%s",
                   evidence->revision[0] == '\0' ? "unknown" : evidence->revision,
                   evidence->is_dirty ? ", with changes" : "");
    put_pair(stream, "commit", text);
    (void)snprintf(text, sizeof(text), "killpoint %s, worker %s", evidence->version,
                   evidence->worker_hash[0] == '\0' ? "unknown" : evidence->worker_hash);
    put_pair(stream, "build", text);
    put_pair(stream, "compiler", evidence->compiler);
    (void)snprintf(text, sizeof(text), "%.180s, stores on %s", evidence->system,
                   evidence->file_system[0] == '\0' ? "unknown" : evidence->file_system);
    put_pair(stream, "machine", text);
    put_pair(stream, "seed", evidence->seed);
    (void)snprintf(text, sizeof(text),
                   "%" PRIu64 " passed, %" PRIu64 " failed, %" PRIu64 " skipped", evidence->passed,
                   evidence->failed, evidence->skipped);
    put_pair(stream, "cases", text);
    (void)fputs("\n", stream);
}

static void put_rules(FILE *stream, const struct verdict *verdict)
{
    (void)fputs("## Rules\n\n| rule | asked | found | |\n| --- | --- | --- | --- |\n", stream);
    for (size_t i = 0; i < verdict->row_count; i++) {
        const struct verdict_row *row = &verdict->rows[i];
        (void)fputs("|", stream);
        put_cell(stream, row->rule);
        put_cell(stream, row->wanted);
        put_cell(stream, row->found);
        (void)fputs(row->holds ? " holds |\n" : " **does not hold** |\n", stream);
    }
    (void)fputs("\n", stream);
}

static void put_occurrence(FILE *stream, const struct evidence_cause *cause)
{
    char text[160];
    if (cause == NULL) {
        put_cell(stream, "did not occur");
        return;
    }
    (void)snprintf(text, sizeof(text), "%" PRIu64 " case%s%s%.32s", cause->case_count,
                   paint_plural(cause->case_count), cause->state[0] == '\0' ? "" : ", ",
                   cause->state);
    put_cell(stream, text);
}

static void put_known(FILE *stream, const struct gate_case *asked)
{
    (void)fputs("## Known causes\n\n", stream);
    if (asked->policy->known_count == 0) {
        (void)fputs("None is allowed.\n\n", stream);
        return;
    }
    (void)fputs("| cause | what | issue | owner | until | in this run |\n"
                "| --- | --- | --- | --- | --- | --- |\n",
                stream);
    for (uint32_t i = 0; i < asked->policy->known_count; i++) {
        const struct policy_known *known = &asked->policy->known[i];
        const struct evidence_cause *cause = cause_rules_find(asked->evidence, known->cause);
        char day[16];
        (void)fputs("|", stream);
        put_cell(stream, known->cause);
        put_cell(stream, known->what[0] != '\0' || cause == NULL ? known->what : cause->text);
        (void)fprintf(stream, " <%s> |", known->issue);
        put_cell(stream, known->owner);
        put_cell(stream, policy_day(known->expires, day));
        put_occurrence(stream, cause);
        (void)fputs("\n", stream);
    }
    (void)fputs("\n", stream);
}

static void put_not_covered(FILE *stream, const struct evidence *evidence)
{
    (void)fputs("## What was not covered\n\n", stream);
    if (evidence->left_out_count == 0) {
        (void)fputs("Nothing was left out.\n\n", stream);
        return;
    }
    (void)fputs("| reason | how many | of | scenarios | meaning |\n"
                "| --- | ---: | --- | ---: | --- |\n",
                stream);
    for (size_t i = 0; i < evidence->left_out_count; i++) {
        const struct evidence_left_out *entry = &evidence->left_out[i];
        char count[PAINT_DURATION_SIZE_BYTES];
        (void)fputs("|", stream);
        put_cell(stream, entry->reason);
        (void)fprintf(stream, " %s%s |", entry->is_uncounted ? "at least " : "",
                      paint_count(entry->count, count));
        put_cell(stream, entry->unit);
        (void)fprintf(stream, " %" PRIu32 " |", entry->scenario_count);
        put_cell(stream, entry->text);
        (void)fputs("\n", stream);
    }
    (void)fputs("\n", stream);
}

int gate_page_write(FILE *stream, const struct gate_case *asked, const struct verdict *verdict,
                    const char *version, struct err *err)
{
    char sentence[160];
    char day[16];
    gate_text_sentence(asked, verdict, sentence, sizeof(sentence));
    (void)fputs("# ", stream);
    put(stream, asked->policy->name);
    (void)fprintf(stream, ": %s\n\n**", verdict_is_good(verdict) ? "may ship" : "must not ship");
    put(stream, sentence);
    (void)fputs("**\n\n", stream);
    if (asked->policy->summary[0] != '\0') {
        put(stream, asked->policy->summary);
        (void)fputs("\n\n", stream);
    }
    put_reasons(stream, verdict);
    put_tested(stream, asked);
    put_rules(stream, verdict);
    put_known(stream, asked);
    put_not_covered(stream, asked->evidence);
    (void)fputs("Judged by the policy ", stream);
    put(stream, asked->policy->path);
    (void)fprintf(stream, " on %s, with killpoint %s.\n", policy_day(asked->now_s, day), version);
    return ferror(stream) ? err_set(err, -EIO, "write the page") : 0;
}
