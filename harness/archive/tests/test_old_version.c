/* A token outlives the scenario that it was made of: where that version was is found again. */
#include "harness/archive/old_version.h"
#include "harness/scenario/scenario.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/stat.h>

static void write_file(const struct tmpdir *tmp, const char *path, const char *text)
{
    int fd = openat(tmp->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    assert_true(fd >= 0);
    assert_true(dprintf(fd, "%s", text) > 0);
    (void)close(fd);
}

/* The scenario with so many puts, and the token of that version. */
static void write_version(const struct tmpdir *tmp, const char *path, unsigned puts,
                          struct token *ret_token)
{
    struct scenario *scenario = malloc(sizeof(*scenario));
    struct err err = ERR_INIT;
    char text[512];

    (void)snprintf(text, sizeof(text),
                   "name: mine\nsummary: Some.\n"
                   "store: { mode: commitlog, flush: sync, services: manual }\n"
                   "workload: { phases: [ { put: %u } ] }\n"
                   "faults: [ { point: commitlog/append, fault: [kill] } ]\n",
                   puts);
    write_file(tmp, path, text);
    assert_non_null(scenario);
    test_ok(scenario_parse(text, strlen(text), path, scenario, &err), err);
    *ret_token = (struct token){.hash24 = scenario->hash24, .target = "engine"};
    (void)snprintf(ret_token->scenario, sizeof(ret_token->scenario), "mine");
    free(scenario);
}

static void git(const struct tmpdir *tmp, const char *words)
{
    char command[1024];

    (void)snprintf(command, sizeof(command),
                   "cd '%s' && GIT_CONFIG_GLOBAL=/dev/null git -c user.name=n -c user.email=e@e "
                   "%s >/dev/null 2>&1",
                   tmp->path, words);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c): of a test
}

static void the_commit_of_a_version_is_found_across_a_rename(void **state)
{
    struct token tokens[3];
    struct tmpdir tmp;
    char text[OLD_VERSION_TEXT_SIZE_BYTES];
    char path[TMPDIR_PATH_SIZE_BYTES + 16];

    (void)state;
    if (system("git --version >/dev/null 2>&1") != 0) { // NOLINT(cert-env33-c): of a test
        skip();
    }
    tmpdir_make(&tmp);
    git(&tmp, "init -q");
    write_version(&tmp, "old.yaml", 2, &tokens[0]);
    git(&tmp, "add . && git -c user.name=n -c user.email=e@e commit -qm one");
    git(&tmp, "mv old.yaml new.yaml && git -c user.name=n -c user.email=e@e commit -qm two");
    write_version(&tmp, "new.yaml", 3, &tokens[1]);
    git(&tmp, "commit -qam three");
    write_version(&tmp, "new.yaml", 4, &tokens[2]); /* never committed */
    (void)snprintf(path, sizeof(path), "%s/new.yaml", tmp.path);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(old_version_find(&tokens[i], "/nowhere", path, text), i < 2);
        test_contains(text, i < 2 ? "commit " : "no run in '/nowhere' had it, nor any commit");
        if (i < 2) {
            test_contains(text, " had it");
        }
    }
    tmpdir_remove(&tmp);
}

/* The newest run that had it; what is damaged or silent is passed over. */
static void a_run_that_had_the_version_is_named_with_its_commit(void **state)
{
    struct token token;
    struct tmpdir tmp;
    char text[OLD_VERSION_TEXT_SIZE_BYTES];
    char run[512];

    (void)state;
    tmpdir_make(&tmp);
    write_version(&tmp, "mine.yaml", 2, &token);
    for (int i = 0; i < 4; i++) {
        char name[64];

        (void)snprintf(name, sizeof(name), "2026-11-2%d", i);
        assert_int_equal(mkdirat(tmp.fd, name, 0777), 0);
        (void)snprintf(run, sizeof(run),
                       i == 3 ? "{ damaged"
                              : "{\"build\":{\"revision\":\"%d23456789abcdef0\",\"dirty\":true},"
                                "\"hashes\":{\"mine\":\"%06" PRIx32 "\"}}\n",
                       i, i == 2 ? 0 : token.hash24);
        (void)strcat(name, "/run.json");
        write_file(&tmp, name, run);
    }
    assert_true(old_version_find(&token, tmp.path, "/nowhere/mine.yaml", text));
    assert_string_equal(text, "run 2026-11-21 had it, of commit 123456789abc with changed sources");
    tmpdir_remove(&tmp);
}

static void without_runs_and_git_it_says_so(void **state)
{
    struct token token = {.scenario = "mine", .hash24 = 1, .target = "engine"};
    char text[OLD_VERSION_TEXT_SIZE_BYTES];

    (void)state;
    assert_false(old_version_find(&token, "/nowhere", "/proc/self/none.yaml", text));
    test_contains(text, "no run in '/nowhere'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_commit_of_a_version_is_found_across_a_rename),
        cmocka_unit_test(a_run_that_had_the_version_is_named_with_its_commit),
        cmocka_unit_test(without_runs_and_git_it_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
