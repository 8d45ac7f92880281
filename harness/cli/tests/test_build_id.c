/* What a build says of itself. */
#include "harness/cli/build_id.h"
#include "harness/cli/build_revision.h"
#include "harness/testkit/test.h"

#include <stdlib.h>

static void everything_is_known_of_this_build(void **state)
{
    struct campaign_identity identity;

    (void)state;
    build_id_get("/proc/self/exe", &identity);
    assert_string_equal(identity.version, KILLPOINT_VERSION);
    assert_string_equal(identity.revision, build_revision_commit);
    assert_true(strcmp(identity.revision, "unknown") == 0 || strlen(identity.revision) == 40);
    assert_int_equal(strlen(identity.program_hash), 16);
    assert_string_equal(identity.worker_hash, identity.program_hash);
    assert_true(identity.compiler[0] != '\0' && identity.flags[0] != '\0');
    assert_true(identity.cores > 0 && identity.memory_bytes > 0);
    assert_memory_equal(identity.system, "Linux ", 6);
}

/* The first line alone is what scripts compare. */
static void version_begins_with_a_short_line(void **state)
{
    struct campaign_identity identity = {.version = "1.2.3",
                                         .revision = "abc",
                                         .is_dirty = true,
                                         .program_hash = "0123456789abcdef",
                                         .compiler = "GNU 12.2.0",
                                         .flags = "Debug: -Og",
                                         .system = "Linux 6 x86_64",
                                         .cores = 2,
                                         .memory_bytes = UINT64_C(3) << 30};
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    (void)state;
    build_id_print(&identity, stream);
    (void)fclose(stream);
    assert_string_equal(text, "killpoint 1.2.3\n"
                              "revision  abc, with changed sources\n"
                              "binaries  killpoint 0123456789abcdef, killpoint-worker unknown "
                              "(XXH3)\n"
                              "compiler  GNU 12.2.0, Debug: -Og\n"
                              "machine   Linux 6 x86_64, 2 cores, 3072 MiB\n");
    free(text);
    char line[128];
    build_id_line(&identity, line, sizeof(line));
    assert_string_equal(line, "killpoint 1.2.3, revision abc with changed sources, GNU 12.2.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_known_of_this_build),
        cmocka_unit_test(version_begins_with_a_short_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
