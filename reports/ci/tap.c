/* TAP 14: lines, and YAML blocks whose values are JSON strings, which YAML takes. */
#include "reports/ci/tap.h"

#include "reports/ci/ci_test.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

/* The document, and where in a subtest it is. */
struct out {
    FILE *stream;
    const char *command;
    uint64_t number; /* of tests told in this subtest */
    uint64_t wrong;  /* of them failed or broken */
    uint64_t skipped;
    bool is_out_of_memory;
};

/* A '#' would begin a directive; the protocol knows no other escape than that of its own sign. */
static void put_description(struct out *out, const char *text)
{
    char *clean = ci_test_clean(text);

    if (clean == NULL) {
        out->is_out_of_memory = true;
        return;
    }
    for (const char *at = clean; *at != '\0'; at++) {
        if (*at == '#' || *at == '\\') {
            (void)fputc('\\', out->stream);
        }
        (void)fputc(*at == '\n' || *at == '\r' ? ' ' : *at, out->stream);
    }
    free(clean);
}

static void put_value(struct out *out, const char *key, const char *value)
{
    char *clean = ci_test_clean(value);
    json_t *string = clean == NULL ? NULL : json_string(clean);
    char *quoted = json_dumps(string, JSON_ENCODE_ANY);

    if (quoted == NULL) {
        out->is_out_of_memory = true;
    } else {
        (void)fprintf(out->stream, "      %s: %s\n", key, quoted);
    }
    free(quoted);
    json_decref(string);
    free(clean);
}

static void put_block(struct out *out, const struct ci_test *test)
{
    char again[TOKEN_TEXT_SIZE_BYTES + 1100];

    (void)fputs("      ---\n", out->stream);
    put_value(out, "message", test->message);
    put_value(out, "severity", test->state == CI_TEST_BROKEN ? "error" : "fail");
    put_value(out, "type", test->type);
    if (test->command[0] != '\0') {
        (void)snprintf(again, sizeof(again), "%.1024s %s", out->command, test->command);
        put_value(out, "start_here", again);
    }
    put_value(out, "detail", test->detail);
    if (test->capsule[0] != '\0') {
        put_value(out, "capsule", test->capsule);
    }
    (void)fputs("      ...\n", out->stream);
}

static void put_test(void *arg, const struct ci_test *test)
{
    struct out *out = arg;
    bool is_wrong = test->state == CI_TEST_FAILED || test->state == CI_TEST_BROKEN;

    out->number++;
    out->wrong += is_wrong;
    out->skipped += test->state == CI_TEST_SKIPPED;
    (void)fprintf(out->stream, "    %sok %" PRIu64 " - ", is_wrong ? "not " : "", out->number);
    put_description(out, test->name);
    if (test->state == CI_TEST_SKIPPED) {
        (void)fputs(" # SKIP ", out->stream);
        put_description(out, test->message);
    }
    (void)fputc('\n', out->stream);
    if (is_wrong) {
        put_block(out, test);
    }
}

/* The plan of a subtest may stand behind its tests; then they need no counting before. */
static void put_scenario(struct out *out, const struct collect *collect, uint32_t index,
                         const struct campaign_summary *summary)
{
    char name[CI_TEST_SUITE_SIZE_BYTES];

    (void)ci_test_suite(collect, index, name);
    out->number = 0;
    out->wrong = 0;
    out->skipped = 0;
    (void)fputs("# Subtest: ", out->stream);
    put_description(out, name);
    (void)fputc('\n', out->stream);
    ci_test_each(collect_scenario_at(collect, index), summary, put_test, out);
    (void)fprintf(out->stream, "    1..%" PRIu64 "\n%sok %" PRIu32 " - ", out->number,
                  out->wrong > 0 ? "not " : "", index + 1);
    put_description(out, name);
    if (out->wrong == 0 && out->skipped == out->number) {
        (void)fputs(" # SKIP nothing of it was judged", out->stream);
    }
    (void)fputc('\n', out->stream);
}

int tap_write(FILE *stream, const struct collect *collect, const struct campaign_summary *summary,
              const char *command, struct err *err)
{
    struct out out = {.stream = stream, .command = command};
    uint32_t count = collect_scenario_count(collect);

    errno = 0;
    (void)fprintf(stream, "TAP version 14\n1..%" PRIu32 "%s\n", count,
                  count == 0 ? " # SKIP nothing was run" : "");
    for (uint32_t i = 0; i < count; i++) {
        put_scenario(&out, collect, i, summary);
    }
    if (summary->interrupted || summary->is_broken_off) {
        (void)fprintf(stream, "Bail out! %s\n",
                      summary->interrupted ? "interrupted" : "the harness could not go on");
    }
    if (out.is_out_of_memory) {
        return err_set(err, -ENOMEM, "no memory for the TAP report");
    }
    if (fflush(stream) != 0 || ferror(stream)) {
        return err_set(err, errno == 0 ? -EIO : -errno, "write the TAP report: %s",
                       strerrordesc_np(errno == 0 ? EIO : errno));
    }
    return 0;
}
