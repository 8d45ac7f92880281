/* What a power loss keeps, as text and back. */
#include "harness/case/loss.h"
#include "harness/testkit/test.h"

static uint32_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static void every_model_is_found_by_its_name(void **state)
{
    (void)state;
    for (unsigned model = 0; model < LOSS_MODEL_COUNT; model++) {
        assert_int_equal(loss_find_model(loss_model_name((enum loss_model)model)), model);
        assert_true(strlen(loss_model_help((enum loss_model)model)) > 0);
    }
    assert_int_equal(loss_find_model("zfs"), LOSS_MODEL_COUNT);
}

static void every_text_parses_to_itself(void **state)
{
    static const char *const rows[] = {
        "all",
        "ext4",
        "xfs",
        "btrfs",
        "posix",
        "all:-",
        "all:k3d2k5",
        "all:k3d2t3.0f",
        "ext4:d1t0.fe",
        "posix:k512",
        "all:k511d1",
        "btrfs:d512",
        "all:d3t0.01t2.80",
        "all:k511d1t511.7f",
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct loss loss;
        struct err err = ERR_INIT;
        char text[LOSS_TEXT_SIZE_BYTES];
        test_row(rows[i]);
        test_ok(loss_parse(rows[i], &loss, &err), err);
        assert_int_equal(loss_print(&loss, text, sizeof(text)), strlen(rows[i]));
        assert_string_equal(text, rows[i]);
    }
}

static void the_runs_say_which_items_are_kept(void **state)
{
    struct loss loss;
    struct err err = ERR_INIT;
    (void)state;
    test_ok(loss_parse("ext4:d2k63d1k1t1.03", &loss, &err), err);
    assert_int_equal(loss.model, LOSS_MODEL_EXT4);
    assert_true(loss.has_choice);
    assert_int_equal(loss.item_count, 67);
    assert_false(loss_keeps(&loss, 1));
    assert_true(loss_keeps(&loss, 2));
    assert_true(loss_keeps(&loss, 64));
    assert_false(loss_keeps(&loss, 65));
    assert_true(loss_keeps(&loss, 66));
    assert_int_equal(loss.tear_count, 1);
    assert_int_equal(loss.tears[0].item, 1);
    assert_int_equal(loss.tears[0].sectors, 3);
    test_ok(loss_parse("all", &loss, &err), err);
    assert_false(loss.has_choice);
    test_ok(loss_parse("all:-", &loss, &err), err);
    assert_true(loss.has_choice);
    assert_int_equal(loss.item_count, 0);
}

static void random_loss(uint64_t *random, struct loss *loss)
{
    memset(loss, 0, sizeof(*loss));
    loss->model = (enum loss_model)(next_random(random) % LOSS_MODEL_COUNT);
    loss->has_choice = true;
    loss->item_count = (uint16_t)(next_random(random) % (LOSS_ITEMS_MAX + 1));
    uint32_t of = next_random(random) % 8 + 2;
    for (uint32_t i = 0; i < loss->item_count; i++) {
        if (next_random(random) % of == 0) {
            loss_keep(loss, i);
        } else if (loss->tear_count < LOSS_TEARS_MAX && next_random(random) % 50 == 0) {
            loss->tears[loss->tear_count].item = (uint16_t)i;
            loss->tears[loss->tear_count].sectors = (uint8_t)(next_random(random) % 254 + 1);
            loss->tear_count++;
        }
    }
}

static void any_loss_prints_and_parses_to_the_same_bytes(void **state)
{
    uint64_t random = 0x1055;
    (void)state;
    for (int i = 0; i < 5000; i++) {
        struct loss loss;
        struct loss parsed;
        struct err err = ERR_INIT;
        char text[LOSS_TEXT_SIZE_BYTES];
        random_loss(&random, &loss);
        int size = loss_print(&loss, text, sizeof(text));
        assert_int_equal(size, strlen(text));
        test_ok(loss_parse(text, &parsed, &err), err);
        assert_memory_equal(&loss, &parsed, sizeof(loss));
    }
}

/* The longest there is: kept and dropped in turn, every tear. */
static void the_longest_text_fits(void **state)
{
    struct loss loss;
    char text[LOSS_TEXT_SIZE_BYTES];
    (void)state;
    memset(&loss, 0, sizeof(loss));
    loss.model = LOSS_MODEL_BTRFS;
    loss.has_choice = true;
    loss.item_count = LOSS_ITEMS_MAX;
    for (uint32_t i = 0; i < LOSS_ITEMS_MAX; i += 2) {
        loss_keep(&loss, i);
    }
    for (uint32_t i = 0; i < LOSS_TEARS_MAX; i++) {
        loss.tears[i].item = (uint16_t)(LOSS_ITEMS_MAX - 1 - 2 * i);
        loss.tears[i].sectors = 0x7f;
    }
    loss.tear_count = LOSS_TEARS_MAX;
    int size = loss_print(&loss, text, sizeof(text));
    assert_true(size > 2 * LOSS_ITEMS_MAX && (size_t)size < sizeof(text));
    /* Given backwards, printed in order. */
    test_contains(text, "t509.7ft511.7f");
    for (size_t short_size = 0; short_size < 40; short_size++) {
        char cut[64];
        memset(cut, '#', sizeof(cut));
        assert_int_equal(loss_print(&loss, cut, short_size), size);
        assert_int_equal(cut[short_size], '#');
    }
}

static void only_characters_that_no_shell_interprets(void **state)
{
    uint64_t random = 3;
    struct loss loss;
    char text[LOSS_TEXT_SIZE_BYTES];
    (void)state;
    for (int i = 0; i < 100; i++) {
        random_loss(&random, &loss);
        loss_print(&loss, text, sizeof(text));
        assert_int_equal(strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.:-"), strlen(text));
    }
}

static void refuses_what_it_would_not_print(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"", "unknown model ''"},
        {"ext3", "did you mean 'ext4'?"},
        {"an-endless-model-that-is-longer-than-any", "unknown model"},
        {"all:", "expected what is kept and dropped"},
        {"all:x", "'x': expected what is kept and dropped"},
        {"all:k3-", "'-': expected what is kept and dropped"},
        {"all:-k1", "expected what is kept and dropped"},
        {"all:k", "expected the length of a run"},
        {"all:k0", "expected the length of a run"},
        {"all:k03", "expected the length of a run"},
        {"all:k513", "at most 512 items"},
        {"all:k512d1", "at most 512 items"},
        {"all:k4294967297", "at most 512 items"},
        {"all:k1k2", "alternate"},
        {"all:k1d2:", "expected what is kept"},
        {"all:K1", "expected what is kept"},
        {"all:t0.01", "is not a dropped one"},
        {"all:k1t0.01", "item 0 is not a dropped one"},
        {"all:d1t1.01", "item 1 is not a dropped one"},
        {"all:d1t00.01", "expected an item and its sectors"},
        {"all:d1t0.1", "expected an item and its sectors"},
        {"all:d1t0.0F", "expected an item and its sectors"},
        {"all:d1t0", "expected an item and its sectors"},
        {"all:d1t0.00", "01 to fe"},
        {"all:d1t0.ff", "01 to fe"},
        {"all:d1t0.011", "'1': expected what is kept"},
        {"all:d1t0.01t0.02", "in order, each once"},
        {"all:d2t1.01t0.02", "in order, each once"},
        {"all:d3t0.01t1.02t2.03", "more than 2 torn pages"},
        {"all:d1t0.01k1", "expected what is kept"},
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct loss loss;
        struct err err = ERR_INIT;
        test_row(rows[i].text);
        test_code(loss_parse(rows[i].text, &loss, &err), ERR_USAGE);
        test_contains(err.text, rows[i].message);
    }
}

/* One image has one text: whatever is accepted prints to itself. */
static void a_mutated_text_is_refused_or_prints_to_itself(void **state)
{
    static const char alphabet[] = "kdt-.:0123456789af";
    uint64_t random = 21;
    unsigned accepted = 0;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char text[64] = "all:k3d12k5d1t4.0ft20.80";
        char printed[LOSS_TEXT_SIZE_BYTES];
        struct loss loss;
        size_t size = strlen(text);
        text[next_random(&random) % size] = alphabet[next_random(&random) % (sizeof(alphabet) - 1)];
        text[next_random(&random) % size] = alphabet[next_random(&random) % (sizeof(alphabet) - 1)];
        if (loss_parse(text, &loss, NULL) == 0) {
            accepted++;
            loss_print(&loss, printed, sizeof(printed));
            assert_string_equal(printed, text);
        }
    }
    assert_true(accepted > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_model_is_found_by_its_name),
        cmocka_unit_test(every_text_parses_to_itself),
        cmocka_unit_test(the_runs_say_which_items_are_kept),
        cmocka_unit_test(any_loss_prints_and_parses_to_the_same_bytes),
        cmocka_unit_test(the_longest_text_fits),
        cmocka_unit_test(only_characters_that_no_shell_interprets),
        cmocka_unit_test(refuses_what_it_would_not_print),
        cmocka_unit_test(a_mutated_text_is_refused_or_prints_to_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
