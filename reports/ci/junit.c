/* JUnit XML through libxml2's text writer. */
#include "reports/ci/junit.h"

#include "reports/ci/ci_test.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlwriter.h>

/* The writer with its first error kept, so that calls need no check each. */
struct out {
    xmlTextWriterPtr writer;
    const char *command;
    const char *suite; /* of the scenario that is written: its name, */
    const char *path;  /* and its file */
    int code;          /* of the first error; 0: none */
};

struct counts {
    uint64_t tests;
    uint64_t failures;
    uint64_t errors;
    uint64_t skipped;
    uint64_t duration_us;
};

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
    char *clean = ci_test_clean(text);

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

/* Seconds with three digits, as the schema of Jenkins has it; a locale must not put a comma there,
 * so no %f. */
static void attribute_time(struct out *out, uint64_t duration_us)
{
    uint64_t duration_ms = (duration_us + 500) / 1000;
    char text[32];

    (void)snprintf(text, sizeof(text), "%" PRIu64 ".%03" PRIu64, duration_ms / 1000,
                   duration_ms % 1000);
    attribute(out, "time", text);
}

static void property(struct out *out, const char *name, const char *value)
{
    begin(out, "property");
    attribute(out, "name", name);
    attribute(out, "value", value);
    end(out);
}

/* The schema has no `skipped` at the root. */
static void counts_attributes(struct out *out, const struct counts *counts, bool is_root)
{
    attribute_count(out, "tests", counts->tests);
    attribute_count(out, "failures", counts->failures);
    attribute_count(out, "errors", counts->errors);
    if (!is_root) {
        attribute_count(out, "skipped", counts->skipped);
    }
    attribute_time(out, counts->duration_us);
}

/* Must count exactly what is written: readers check the sums. */
static void count_test(void *arg, const struct ci_test *test)
{
    struct counts *counts = arg;

    counts->tests++;
    counts->duration_us += test->duration_us;
    counts->errors += test->state == CI_TEST_BROKEN;
    counts->failures += test->state == CI_TEST_FAILED;
    counts->skipped += test->state == CI_TEST_SKIPPED;
}

/* <failure> or <error>; its first line is what to type. */
static void write_failure(struct out *out, const struct ci_test *test)
{
    begin(out, test->state == CI_TEST_BROKEN ? "error" : "failure");
    attribute(out, "message", test->message);
    attribute(out, "type", test->type);
    if (test->command[0] != '\0') {
        body(out, out->command);
        body(out, " ");
        body(out, test->command);
        body(out, "\n");
    }
    body(out, test->detail);
    end(out);
    if (test->capsule[0] != '\0') {
        /* The form by which Jenkins and GitLab find files to keep. */
        begin(out, "system-out");
        body(out, "[[ATTACHMENT|");
        body(out, test->capsule);
        body(out, "]]");
        end(out);
    }
}

static void write_test(void *arg, const struct ci_test *test)
{
    struct out *out = arg;

    begin(out, "testcase");
    attribute(out, "classname", out->suite);
    attribute(out, "name", test->name);
    attribute(out, "file", out->path);
    attribute_time(out, test->duration_us);
    if (test->state == CI_TEST_FAILED || test->state == CI_TEST_BROKEN) {
        write_failure(out, test);
    } else if (test->state == CI_TEST_SKIPPED) {
        begin(out, "skipped");
        attribute(out, "message", test->message);
        end(out);
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

/* Two suites of one name would be one to most servers. */
static void write_scenario(struct out *out, const struct collect *collect, uint32_t index,
                           const struct campaign_summary *summary)
{
    const struct collect_scenario *seen = collect_scenario_at(collect, index);
    struct counts counts = {0};
    char name[CI_TEST_SUITE_SIZE_BYTES];
    char seed[24];

    ci_test_each(seen, summary, count_test, &counts);
    (void)snprintf(seed, sizeof(seed), "%" PRIx64, seen->scenario.seed);
    out->suite = ci_test_suite(collect, index, name);
    out->path = seen->scenario.path;
    begin(out, "testsuite");
    attribute(out, "name", name);
    counts_attributes(out, &counts, false);
    begin(out, "properties");
    property(out, "seed", seed);
    property(out, "switches", seen->scenario.switches);
    identity_properties(out, summary);
    explore_properties(out, &seen->scenario.explore);
    end(out);
    ci_test_each(seen, summary, write_test, out);
    end(out);
}

/* The sums over all suites are attributes of the root and come first, so they are counted before
 * anything is written. */
static void write_document(struct out *out, const struct collect *collect,
                           const struct campaign_summary *summary)
{
    struct counts all = {0};

    for (uint32_t i = 0; i < collect_scenario_count(collect); i++) {
        ci_test_each(collect_scenario_at(collect, i), summary, count_test, &all);
    }
    /* Workers ran side by side: the sum of the suites is no time that passed. */
    all.duration_us = summary->duration_us;
    note(out, xmlTextWriterSetIndent(out->writer, 1));
    note(out, xmlTextWriterStartDocument(out->writer, NULL, "UTF-8", NULL));
    begin(out, "testsuites");
    attribute(out, "name", "killpoint");
    counts_attributes(out, &all, true);
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
