/* JUnit XML through libxml2's text writer. */
#include "reports/junit.h"

#include "reports/paint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlwriter.h>

#define NAME_SIZE_BYTES 160

/* The writer with its first error kept, so that calls need no check each. */
struct out {
    xmlTextWriterPtr writer;
    const char *command;
    int code; /* of the first error; 0: none */
};

struct counts {
    uint64_t tests;
    uint64_t failures;
    uint64_t errors;
    uint64_t skipped;
    uint64_t duration_us;
};

/* The length of the UTF-8 sequence at `text` that XML allows, or 0. Overlong forms and surrogates
 * are refused too: libxml2 would stop at them, and the report with it. */
static size_t allowed_length(const unsigned char *text)
{
    uint32_t code;

    if (text[0] < 0x80) {
        return text[0] >= 0x20 || text[0] == '\t' || text[0] == '\n' || text[0] == '\r';
    }
    if (text[0] >= 0xC2 && text[0] <= 0xDF && (text[1] & 0xC0) == 0x80) {
        return 2;
    }
    if ((text[0] & 0xF0) == 0xE0 && (text[1] & 0xC0) == 0x80 && (text[2] & 0xC0) == 0x80) {
        code = (text[0] & 0x0Fu) << 12 | (text[1] & 0x3Fu) << 6 | (text[2] & 0x3Fu);
        return code >= 0x800 && (code < 0xD800 || code > 0xDFFF) && code < 0xFFFE ? 3 : 0;
    }
    if ((text[0] & 0xF8) == 0xF0 && (text[1] & 0xC0) == 0x80 && (text[2] & 0xC0) == 0x80 &&
        (text[3] & 0xC0) == 0x80) {
        code = (text[0] & 0x07u) << 18 | (text[1] & 0x3Fu) << 12 | (text[2] & 0x3Fu) << 6 |
               (text[3] & 0x3Fu);
        return code >= 0x10000 && code <= 0x10FFFF ? 4 : 0;
    }
    return 0;
}

/* Details hold file names and bytes of messages: they may be anything. */
char *junit_clean_text(const char *text)
{
    char *clean = malloc(strlen(text) + 1);
    size_t used = 0;

    if (clean == NULL) {
        return NULL;
    }
    while (*text != '\0') {
        size_t length = allowed_length((const unsigned char *)text);

        if (length == 0) {
            clean[used++] = '?';
            text++;
        }
        for (size_t i = 0; i < length; i++) {
            clean[used++] = *text++;
        }
    }
    clean[used] = '\0';
    return clean;
}

/* libxml2 says only that it failed; nearly always that is memory or a name that is none. */
static void note(struct out *out, int r)
{
    if (r < 0 && out->code == 0) {
        out->code = -EIO;
    }
}

static const xmlChar *xml(const char *text)
{
    return (const xmlChar *)text;
}

/* Elements are closed in the reverse order by end(), which knows their names. */
static void begin(struct out *out, const char *name)
{
    note(out, xmlTextWriterStartElement(out->writer, xml(name)));
}

static void end(struct out *out)
{
    note(out, xmlTextWriterEndElement(out->writer));
}

/* Writes `text`, cleaned, as the value of the attribute `name` or, without a name, as the body. */
static void put_text(struct out *out, const char *name, const char *text)
{
    char *clean = junit_clean_text(text);

    if (clean == NULL) {
        out->code = -ENOMEM;
        return;
    }
    note(out, name == NULL ? xmlTextWriterWriteString(out->writer, xml(clean))
                           : xmlTextWriterWriteAttribute(out->writer, xml(name), xml(clean)));
    free(clean);
}

static void attribute(struct out *out, const char *name, const char *value)
{
    put_text(out, name, value);
}

static void body(struct out *out, const char *text)
{
    put_text(out, NULL, text);
}

static void attribute_count(struct out *out, const char *name, uint64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%" PRIu64, value);
    attribute(out, name, text);
}

/* Seconds with six digits, as the dialect has it; a locale must not put a comma there, so no %f. */
static void attribute_time(struct out *out, uint64_t duration_us)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%" PRIu64 ".%06" PRIu64, duration_us / 1000000,
                   duration_us % 1000000);
    attribute(out, "time", text);
}

static void property(struct out *out, const char *name, const char *value)
{
    begin(out, "property");
    attribute(out, "name", name);
    attribute(out, "value", value);
    end(out);
}

static void counts_attributes(struct out *out, const struct counts *counts)
{
    attribute_count(out, "tests", counts->tests);
    attribute_count(out, "failures", counts->failures);
    attribute_count(out, "errors", counts->errors);
    attribute_count(out, "skipped", counts->skipped);
    attribute_time(out, counts->duration_us);
}

/* A cell is one test: an error before a failure before a skip. A test is a cell and not a case: a
 * million cases would make a document that no server opens. A harness that broke outranks a store
 * that failed: then the failures say nothing. */
static void count_cell(struct counts *counts, const struct collect_cell *cell)
{
    counts->tests++;
    counts->duration_us += cell->duration_us;
    if (cell->broken > 0) {
        counts->errors++;
    } else if (cell->failed > 0) {
        counts->failures++;
    } else if (cell->passed == 0) {
        counts->skipped++;
    }
}

/* Nothing was said of it as a whole. */
static bool is_unjudged(const struct collect_scenario *seen)
{
    return seen->scenario.is_cut_short || seen->scenario.is_sympathy;
}

/* The scenario as a whole fails for a reason that no case has: vacuous, a defect not caught. */
static bool fails_as_a_whole(const struct collect_scenario *seen)
{
    return seen->has_ended && !seen->scenario.passed_all && !is_unjudged(seen) && seen->failed == 0;
}

/* Images are not told one by one, so no cell counts those that passed: they are one test more. */
static bool has_images(const struct collect_scenario *seen)
{
    return campaign_explore_is_any(&seen->scenario.explore);
}

/* Must count exactly what write_scenario writes: readers check the sums. */
static struct counts count_scenario(const struct collect_scenario *seen)
{
    struct counts counts = {0};

    for (uint32_t i = 0; i < seen->cell_count; i++) {
        count_cell(&counts, &seen->cells[i]);
    }
    if (has_images(seen)) {
        counts.tests++;
        counts.skipped += seen->scenario.explore.judged == 0;
        counts.duration_us += seen->scenario.explore.duration_us;
    }
    counts.tests++;
    counts.failures += fails_as_a_whole(seen);
    counts.skipped += is_unjudged(seen);
    return counts;
}

/* A test is open until end(). */
static void begin_test(struct out *out, const char *classname, const char *name,
                       uint64_t duration_us)
{
    begin(out, "testcase");
    attribute(out, "classname", classname);
    attribute(out, "name", name);
    attribute_time(out, duration_us);
}

static void write_skipped(struct out *out, const char *message)
{
    begin(out, "skipped");
    attribute(out, "message", message);
    end(out);
}

/* The command that shows a failure again, and what was wrong: what a reader sees first. */
static void write_body(struct out *out, const char *verb, const char *what, const char *detail)
{
    body(out, out->command);
    body(out, verb);
    body(out, what);
    body(out, "\n");
    body(out, detail);
}

/* <failure> or <error>; its first line is what to type. */
static void write_failure(struct out *out, const struct collect_scenario *seen,
                          const struct collect_cell *cell)
{
    const struct collect_failure *failure =
        cell->first_failure < 0 ? NULL : &seen->failures[cell->first_failure];
    const char *outcome = failure == NULL ? (cell->broken > 0 ? "harness-broken" : "violated")
                                          : outcome_name(failure->outcome);
    char properties[512] = "";
    char text[1024];

    if (failure != NULL) {
        collect_properties_print(failure->violated, properties, sizeof(properties));
    }
    begin(out, cell->broken > 0 ? "error" : "failure");
    (void)snprintf(text, sizeof(text), "%s%s%s: %" PRIu64 " of %" PRIu64 " case%s", outcome,
                   *properties == '\0' ? "" : " ", properties, cell->failed + cell->broken,
                   cell->cases, paint_plural(cell->cases));
    attribute(out, "message", text);
    attribute(out, "type", outcome);
    if (failure != NULL) {
        write_body(out, " replay ", failure->token, failure->detail);
    } else {
        body(out, "too many failures in this run: run the scenario alone for its tokens");
    }
    end(out);
}

/* One test for all hits of a point with one fault: its first failure stands for the others. */
static void write_cell(struct out *out, const struct collect_scenario *seen, const char *classname,
                       const struct collect_cell *cell)
{
    char name[NAME_SIZE_BYTES];

    (void)collect_cell_print(seen, cell, name, sizeof(name));
    begin_test(out, classname, name, cell->duration_us);
    if (cell->broken > 0 || cell->failed > 0) {
        write_failure(out, seen, cell);
    } else if (cell->passed == 0) {
        write_skipped(out, "no case of it was judged");
    }
    end(out);
}

/* The images of an explored scenario; those that failed have a cell of their own. */
static void write_images(struct out *out, const struct collect_scenario *seen,
                         const char *classname)
{
    if (!has_images(seen)) {
        return;
    }
    begin_test(out, classname, "images of power losses", seen->scenario.explore.duration_us);
    if (seen->scenario.explore.judged == 0) {
        write_skipped(out, "no image was judged");
    }
    end(out);
}

static void property_count(struct out *out, const char *name, uint64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%" PRIu64, value);
    property(out, name, text);
}

/* Counts of images are properties of the suite: as tests they would have to be named one by one. */
static void explore_properties(struct out *out, const struct campaign_explore *explore)
{
    char digest[24];

    if (!campaign_explore_is_any(explore)) {
        return;
    }
#define X(name) property_count(out, "explore." #name, explore->name);
    CAMPAIGN_EXPLORE_MAP(X)
#undef X
    property_count(out, "explore.peak_bytes", explore->peak_bytes);
    (void)snprintf(digest, sizeof(digest), "%016" PRIx64, explore->digest);
    property(out, "explore.digest", digest);
}

/* One more test per scenario: that it is as expected as a whole. */
static void write_whole(struct out *out, const struct collect_scenario *seen, const char *classname)
{
    begin_test(out, classname, "scenario as expected", 0);
    if (is_unjudged(seen)) {
        write_skipped(out, seen->scenario.verdict);
    } else if (fails_as_a_whole(seen)) {
        begin(out, "failure");
        attribute(out, "message", seen->scenario.verdict);
        attribute(out, "type", "scenario");
        write_body(out, " run ", seen->scenario.name, seen->scenario.verdict);
        end(out);
    }
    end(out);
}

/* What ran and where: a server shows them beside the suite. */
static void identity_properties(struct out *out, const struct campaign_summary *summary)
{
    const struct campaign_identity *from = &summary->identity;

    property(out, "version", KILLPOINT_VERSION);
    property(out, "revision", from->revision);
    property(out, "dirty", from->is_dirty ? "true" : "false");
    property(out, "worker_hash", from->worker_hash);
    property(out, "compiler", from->compiler);
    property(out, "flags", from->flags);
    property(out, "system", from->system);
    property_count(out, "cores", from->cores);
    property_count(out, "memory_bytes", from->memory_bytes);
    property(out, "file_system", summary->stores.file_system);
    for (uint32_t i = 0; i < from->real_count; i++) {
        const struct real_identity *real = &from->real[i];
        char text[512];

        (void)snprintf(text, sizeof(text), "RocketMQ %s, %" PRIu32 " jars %s, JDK %s",
                       real->rocketmq, real->jars, real->jars_sha256, real->java);
        property(out, real->target, text);
    }
}

/* Two suites of one name would be one to most servers, so the seed and the switches are added where
 * that would be so. */
static void write_scenario(struct out *out, const struct collect *collect, uint32_t index,
                           const struct campaign_summary *summary)
{
    const struct collect_scenario *seen = collect_scenario_at(collect, index);
    struct counts counts = count_scenario(seen);
    char name[CAMPAIGN_NAME_SIZE_BYTES + 320];
    char seed[24];

    (void)snprintf(seed, sizeof(seed), "%" PRIx64, seen->scenario.seed);
    (void)snprintf(name, sizeof(name), "%s", seen->scenario.name);
    if (collect_is_name_shared(collect, index)) {
        (void)snprintf(name, sizeof(name), "%s@%s%s", seen->scenario.name, seed,
                       seen->scenario.switches);
    }
    begin(out, "testsuite");
    attribute(out, "name", name);
    counts_attributes(out, &counts);
    begin(out, "properties");
    property(out, "seed", seed);
    property(out, "switches", seen->scenario.switches);
    identity_properties(out, summary);
    explore_properties(out, &seen->scenario.explore);
    end(out);
    for (uint32_t i = 0; i < seen->cell_count; i++) {
        write_cell(out, seen, name, &seen->cells[i]);
    }
    write_images(out, seen, name);
    write_whole(out, seen, name);
    end(out);
}

/* The sums over all suites are attributes of the root and come first, so they are counted before
 * anything is written. */
static void write_document(struct out *out, const struct collect *collect,
                           const struct campaign_summary *summary)
{
    struct counts all = {.duration_us = summary->duration_us};

    for (uint32_t i = 0; i < collect_scenario_count(collect); i++) {
        struct counts counts = count_scenario(collect_scenario_at(collect, i));

        all.tests += counts.tests;
        all.failures += counts.failures;
        all.errors += counts.errors;
        all.skipped += counts.skipped;
    }
    note(out, xmlTextWriterSetIndent(out->writer, 1));
    note(out, xmlTextWriterStartDocument(out->writer, NULL, "UTF-8", NULL));
    begin(out, "testsuites");
    attribute(out, "name", "killpoint");
    counts_attributes(out, &all);
    for (uint32_t i = 0; i < collect_scenario_count(collect); i++) {
        write_scenario(out, collect, i, summary);
    }
    end(out);
    note(out, xmlTextWriterEndDocument(out->writer));
}

/* Made in memory first: a document that was cut in the middle is not XML, and a server would refuse
 * it without saying why. */
int junit_write(FILE *stream, const struct collect *collect, const struct campaign_summary *summary,
                const char *command, struct err *err)
{
    struct out out = {.command = command};
    xmlBufferPtr buffer = xmlBufferCreate();
    int r = 0;

    if (buffer != NULL) {
        out.writer = xmlNewTextWriterMemory(buffer, 0);
    }
    if (out.writer == NULL) {
        r = err_set(err, -ENOMEM, "no memory for the JUnit report");
        goto out;
    }
    write_document(&out, collect, summary);
    xmlFreeTextWriter(out.writer);
    if (out.code != 0) {
        r = err_set(err, out.code, "the JUnit report could not be made");
        goto out;
    }
    errno = 0;
    if (fputs((const char *)xmlBufferContent(buffer), stream) < 0 || fflush(stream) != 0) {
        r = err_set(err, errno == 0 ? -EIO : -errno, "write the JUnit report: %s",
                    strerrordesc_np(errno));
    }
out:
    xmlBufferFree(buffer);
    return r;
}
