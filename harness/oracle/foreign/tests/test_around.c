/* What lies in a store and is not judged: each kind is said, and nothing else is. */
#include "harness/oracle/foreign/tests/foreign_fixture.h"
#include "harness/power/disk/dir_view.h"

#include <fcntl.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static void set_up(struct foreign_fixture *fixture)
{
    foreign_fixture_init(fixture);
    (void)foreign_fixture_put(fixture, "t", "TAGS=a;",
                              &(struct storemaker_message){.tags_code = 97});
}

/* Everything that stands there: "KIND=N KIND=N". */
static void describe(const struct around *around, char *text, size_t size)
{
    static const char *const names[] = {
#define X(id, ...) #id,
        AROUND_MAP(X)
#undef X
    };
    size_t length = 0;
    text[0] = '\0';
    for (int kind = 0; kind < AROUND_COUNT; kind++) {
        if (around->counts[kind] > 0) {
            length += (size_t)snprintf(text + length, size - length, "%s=%" PRIu64 " ", names[kind],
                                       around->counts[kind]);
        }
    }
}

static void knows_what_a_store_has(void **state)
{
    (void)state;
    static const char *const known[] = {"abort.bak",
                                        "lock",
                                        "config/consumerOffset.json.bak",
                                        "consumequeue_ext/t/0/00000000000000000000",
                                        "index/20260101000000000",
                                        "batchconsumequeue/u/0/00000000000000000000"};
    struct foreign_fixture fixture;
    set_up(&fixture);
    for (size_t i = 0; i < TEST_COUNT(known); i++) {
        storemaker_write(&fixture.maker, known[i], "", 0);
    }
    foreign_fixture_expect_intact(&fixture);
    char text[512];
    describe(&fixture.summary.foreign.around, text, sizeof text);
    assert_string_equal(text, "");
    storemaker_done(&fixture.maker);
}

static void says_each_kind_of_file(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *text;
    } cases[] = {
        {"notes.txt", "STRAY_FILE=1 "},
        {"commitlog/00000000000000000000.bak", "STRAY_FILE=1 "},
        {"commitlog/old/00000000000000000000", "STRAY_DIRECTORY=1 "},
        {"consumequeue/notatopic", "STRAY_FILE=1 "},
        {"consumequeue/t/notaqueue", "STRAY_FILE=1 "},
        {"consumequeue/t/x1/00000000000000000000", "STRAY_DIRECTORY=1 "},
        {"consumequeue/t/0/notafile", "STRAY_FILE=1 "},
        /* RocketMQ looks for the files of queue 0 in "0": nobody reads these. */
        {"consumequeue/t/00/00000000000000000000", "STRAY_DIRECTORY=1 "},
        {"batchconsumequeue/t/00/00000000000000000000", "STRAY_DIRECTORY=1 "},
        {"consumequeue/t/0/deep/er", "STRAY_DIRECTORY=1 "},
        {"index/2026", "STRAY_FILE=1 "},
        {"backup/commitlog/00000000000000000000", "STRAY_DIRECTORY=1 "},
        {"timerwheel", "TIMER=1 "},
        {"timerlog/00000000000000000000", "TIMER=1 "},
        {"epochFileCheckpoint", "EPOCH=1 "},
        {"brokerIdentity", "EPOCH=1 "},
        {"compaction/position-checkpoint", "COMPACTION=1 "},
        {"transaction/statetable/0", "TRANSACTION=1 "},
        {"rocksdbstore/CURRENT", "ROCKSDB=1 "},
        {"config/topics.json", "CONFIG=1 "},
        {"config/topics/CURRENT", "CONFIG=1 "},
        {"dledger-n1/data/00000000000000000000", ""},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct foreign_fixture fixture;
        char text[512];
        char line[AROUND_LINE_SIZE_BYTES];
        set_up(&fixture);
        storemaker_write(&fixture.maker, cases[i].path, "", 0);
        test_ok(foreign_fixture_run(&fixture), fixture.err);
        const struct around *around = &fixture.summary.foreign.around;
        describe(around, text, sizeof text);
        assert_string_equal(text, cases[i].text);
        int lines = 0;
        for (int kind = 0; kind < AROUND_COUNT; kind++) {
            lines += around_print(around, (enum around_kind)kind, line);
        }
        assert_int_equal(lines, cases[i].text[0] != '\0');
        storemaker_done(&fixture.maker);
    }
}

static void says_a_second_dledger_directory(void **state)
{
    (void)state;
    struct foreign_fixture fixture;
    char text[512];
    foreign_fixture_init(&fixture);
    fixture.maker.is_dledger = true;
    (void)foreign_fixture_put(&fixture, "t", "", NULL);
    storemaker_write(&fixture.maker, "dledger-n7/data/x", "", 0);
    test_ok(foreign_fixture_run(&fixture), fixture.err);
    describe(&fixture.summary.foreign.around, text, sizeof text);
    assert_string_equal(text, "SECOND_DLEDGER=1 ");
    storemaker_done(&fixture.maker);
}

static const char *const rocksdb[] = {"CURRENT",    "IDENTITY",        "LOCK",
                                      "LOG",        "MANIFEST-000005", "OPTIONS-000007",
                                      "000008.sst", "000004.log"};

static void write_rocksdb(struct foreign_fixture *fixture, const char *directory)
{
    for (size_t i = 0; i < TEST_COUNT(rocksdb); i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", directory, rocksdb[i]);
        storemaker_write(&fixture->maker, path, "x", 1);
    }
}

/* Beside queues of files it is told; alone, nothing can be said of the store's queues. */
static void knows_queues_in_rocksdb(void **state)
{
    (void)state;
    static const char *const directories[] = {"consumequeue", "consumequeue_rocksdb"};
    for (size_t i = 0; i < TEST_COUNT(directories); i++) {
        struct foreign_fixture fixture;
        char text[512];
        set_up(&fixture);
        write_rocksdb(&fixture, directories[i]);
        foreign_fixture_expect_intact(&fixture);
        describe(&fixture.summary.foreign.around, text, sizeof text);
        assert_string_equal(text, "ROCKSDB=1 ");
        storemaker_remove_under(&fixture.maker, "consumequeue/t/");
        test_code(foreign_fixture_run(&fixture), -ENOTSUP);
        test_contains(fixture.err.text, "its queues are in RocksDB (consumequeue");
        storemaker_done(&fixture.maker);
    }
}

/* LMQ queues alone in RocksDB are not missing. */
static void asks_no_light_unit_that_rocksdb_has(void **state)
{
    (void)state;
    struct foreign_fixture fixture;
    set_up(&fixture);
    (void)foreign_fixture_put(&fixture, "t",
                              "INNER_MULTI_DISPATCH=%LMQ%a;INNER_MULTI_QUEUE_OFFSET=0;", NULL);
    foreign_fixture_expect(&fixture, PROPERTY_BIT(QUEUE_COMPLETE), "%LMQ%a");
    write_rocksdb(&fixture, "consumequeue_rocksdb");
    foreign_fixture_expect_intact(&fixture);
    storemaker_done(&fixture.maker);
}

static void make_socket(int dir_fd, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", dir_fd, name);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    (void)close(fd);
}

/* A real directory, with what is no file in the place of files, and loops of links. */
static void says_what_is_no_file(void **state)
{
    (void)state;
    char root[] = "/tmp/around-XXXXXX";
    struct foreign_fixture fixture;
    char text[512];
    assert_non_null(mkdtemp(root));
    int fd = open(root, O_RDONLY | O_DIRECTORY);
    assert_true(fd >= 0);
    set_up(&fixture);
    storemaker_save(&fixture.maker, fd);
    assert_int_equal(mkfifoat(fd, "consumequeue/t/0/00000000000000000160", 0600), 0);
    make_socket(fd, "s");
    assert_int_equal(symlinkat("..", fd, "consumequeue/t/up"), 0);
    assert_int_equal(symlinkat("itself", fd, "consumequeue/itself"), 0);
    assert_int_equal(symlinkat("nowhere", fd, "commitlog/00000000000000008192"), 0);

    struct dir_view *dir_view = dir_view_new(fd);
    assert_non_null(dir_view);
    struct view view = dir_view_view(dir_view);
    struct around around;
    test_ok(around_look(&around, &view, &fixture.err), fixture.err);
    describe(&around, text, sizeof text);
    assert_string_equal(text, "PIPE=1 SOCKET=1 LOST_LINK=2 LINK=1 STRAY_DIRECTORY=1 ");
    (void)dir_view_free(dir_view);
    (void)close(fd);
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", root);
    assert_int_equal(system(command), 0);
    storemaker_done(&fixture.maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_what_a_store_has),
        cmocka_unit_test(says_each_kind_of_file),
        cmocka_unit_test(says_a_second_dledger_directory),
        cmocka_unit_test(knows_queues_in_rocksdb),
        cmocka_unit_test(asks_no_light_unit_that_rocksdb_has),
        cmocka_unit_test(says_what_is_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
