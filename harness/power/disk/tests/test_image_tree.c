/* The names of an image: their order, what the kernel says of them, and which files they keep. */
#include "harness/power/disk/image.h"
#include "harness/power/disk/image_tree.h"
#include "harness/testkit/test.h"

struct fixture {
    struct image *image;
    char text[1024];
};

static void set_up(struct fixture *fixture)
{
    fixture->image = image_new();
    assert_non_null(fixture->image);
}

static void tear_down(struct fixture *fixture)
{
    image_free(fixture->image);
}

static void make_dir(struct fixture *fixture, const char *path)
{
    assert_int_equal(image_tree_add(fixture->image, path, IMAGE_NO_FILE), 0);
}

/* Makes a file whose only byte is `byte`. */
static uint32_t make_file(struct fixture *fixture, const char *path, uint8_t byte)
{
    uint32_t file = 0;
    assert_int_equal(image_tree_create(fixture->image, path, &file), 0);
    assert_int_equal(image_content_write(fixture->image->files[file].content, 0, &byte, 1), 1);
    return file;
}

/* All names in order; a directory with '/', a file with its byte. */
static const char *names(struct fixture *fixture)
{
    size_t used = 0;
    fixture->text[0] = '\0';
    for (uint32_t i = 0; i < fixture->image->entry_count; i++) {
        const struct image_entry *entry = &fixture->image->entries[i];
        uint8_t byte = '?';
        if (!image_tree_is_dir(entry)) {
            (void)image_content_read(fixture->image->files[entry->file].content, 0, &byte, 1);
        }
        used +=
            (size_t)snprintf(fixture->text + used, sizeof fixture->text - used,
                             image_tree_is_dir(entry) ? "%s/ " : "%s=%c ", entry->name->path, byte);
    }
    return fixture->text;
}

/* d/ with e/ and files; f beside it. */
static void make_tree(struct fixture *fixture)
{
    make_dir(fixture, "d");
    make_dir(fixture, "d/e");
    (void)make_file(fixture, "d/e/x", '1');
    (void)make_file(fixture, "d/y", '2');
    (void)make_file(fixture, "d.z", '3');
    (void)make_file(fixture, "f", '4');
    make_dir(fixture, "g");
}

#define TREE "d/ d/e/ d/e/x=1 d/y=2 d.z=3 f=4 g/ "

static void keeps_a_subtree_right_behind_its_directory(void **state)
{
    (void)state;
    struct fixture fixture;
    bool is_there = false;
    set_up(&fixture);
    make_tree(&fixture);
    assert_string_equal(names(&fixture), TREE);
    assert_int_equal(image_tree_subtree_end(fixture.image, 0), 4);
    assert_int_equal(image_tree_subtree_end(fixture.image, 1), 3);
    assert_int_equal(image_tree_subtree_end(fixture.image, 6), 7);
    assert_int_equal(image_tree_place(fixture.image, "d/y", &is_there), 3);
    assert_true(is_there);
    assert_int_equal(image_tree_place(fixture.image, "d/", &is_there), 1);
    assert_false(is_there);
    assert_int_equal(image_tree_place(fixture.image, "d/x", &is_there), 3);
    assert_int_equal(image_tree_place(fixture.image, "d!", &is_there), 4);
    assert_int_equal(image_tree_place(fixture.image, "\xff", &is_there), 7);
    assert_int_equal(image_tree_place(fixture.image, "", &is_there), 0);
    assert_false(is_there);
    tear_down(&fixture);
}

static void tells_what_lies_below_a_directory(void **state)
{
    (void)state;
    assert_true(image_tree_is_below("d/e", "d"));
    assert_true(image_tree_is_below("d/e/x", "d"));
    assert_true(image_tree_is_below("d", ""));
    assert_false(image_tree_is_below("d", "d"));
    assert_false(image_tree_is_below("d.z", "d"));
    assert_false(image_tree_is_below("c/e", "d"));
}

static void finds_names_however_many_there_are(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    for (int count = 0; count < 140; count++) {
        char path[32];
        snprintf(path, sizeof path, "long-name-of-a-file-%03d", (count * 37) % 140);
        (void)make_file(&fixture, path, (uint8_t)count);
        for (int i = 0; i <= count; i++) {
            snprintf(path, sizeof path, "long-name-of-a-file-%03d", (i * 37) % 140);
            const struct image_entry *entry = image_tree_find(fixture.image, path);
            assert_non_null(entry);
            assert_string_equal(entry->name->path, path);
        }
        assert_null(image_tree_find(fixture.image, "long-name-of-a-file-"));
        assert_null(image_tree_find(fixture.image, "long-name-of-a-file-0000"));
        assert_null(image_tree_find(fixture.image, "long-name-of-a-file-999"));
    }
    assert_int_equal(fixture.image->entry_count, 140);
    tear_down(&fixture);
}

static void says_why_a_name_cannot_be(void **state)
{
    (void)state;
    struct fixture fixture;
    char longest[DISK_PATH_SIZE_BYTES + 1];
    uint32_t file = 77;
    set_up(&fixture);
    make_tree(&fixture);
    memset(longest, 'x', sizeof longest);
    longest[DISK_PATH_SIZE_BYTES] = '\0';
    assert_int_equal(image_tree_check_parents(fixture.image, "new"), 0);
    assert_int_equal(image_tree_check_parents(fixture.image, "d/e/new"), 0);
    assert_int_equal(image_tree_check_parents(fixture.image, "no/new"), -ENOENT);
    assert_int_equal(image_tree_check_parents(fixture.image, "d/no/new"), -ENOENT);
    assert_int_equal(image_tree_check_parents(fixture.image, "f/new"), -ENOTDIR);
    assert_int_equal(image_tree_check_parents(fixture.image, "d/y/no/new"), -ENOTDIR);
    assert_int_equal(image_tree_check_parents(fixture.image, longest), -ENAMETOOLONG);
    longest[DISK_PATH_SIZE_BYTES - 1] = '\0';
    assert_int_equal(image_tree_check_parents(fixture.image, longest), 0);
    assert_int_equal(image_tree_reason_missing(fixture.image, "new"), -ENOENT);
    assert_int_equal(image_tree_reason_missing(fixture.image, "f/new"), -ENOTDIR);
    assert_int_equal(image_tree_create(fixture.image, "f/new", &file), -ENOTDIR);
    assert_int_equal(image_tree_create(fixture.image, "no/new", &file), -ENOENT);
    assert_int_equal(file, 77);
    assert_string_equal(names(&fixture), TREE);
    tear_down(&fixture);
}

static void uses_the_slots_of_files_that_went(void **state)
{
    (void)state;
    struct fixture fixture;
    bool is_there = false;
    set_up(&fixture);
    assert_int_equal(make_file(&fixture, "a", '1'), 0);
    assert_int_equal(make_file(&fixture, "b", '2'), 1);
    assert_int_equal(make_file(&fixture, "c", '3'), 2);
    /* One that is open keeps its content and its slot. */
    fixture.image->files[0].open_count = 1;
    uint32_t place = image_tree_place(fixture.image, "a", &is_there);
    image_tree_remove(fixture.image, place, place + 2);
    assert_string_equal(names(&fixture), "c=3 ");
    assert_non_null(fixture.image->files[0].content);
    assert_false(fixture.image->files[0].is_linked);
    assert_null(fixture.image->files[1].content);
    assert_int_equal(make_file(&fixture, "d", '4'), 1);
    assert_int_equal(make_file(&fixture, "e", '5'), 3);
    fixture.image->files[0].open_count = 0;
    image_tree_free_file(&fixture.image->files[0]);
    assert_int_equal(make_file(&fixture, "f", '6'), 0);
    assert_int_equal(fixture.image->file_count, 4);
    /* Linked, it stays whether open or not. */
    image_tree_free_file(&fixture.image->files[0]);
    assert_string_equal(names(&fixture), "c=3 d=4 e=5 f=6 ");
    for (int i = 0; i < 40; i++) {
        char path[16];
        snprintf(path, sizeof path, "g%d", i);
        assert_int_equal(make_file(&fixture, path, 'g'), 4 + i);
    }
    tear_down(&fixture);
}

static void renames_as_the_kernel_does(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        int result;
        const char *names; /* NULL: as before */
    } cases[] = {
        {"f", "h", 0, "d/ d/e/ d/e/x=1 d/y=2 d.z=3 g/ h=4 "},
        {"f", "d/y", 0, "d/ d/e/ d/e/x=1 d/y=4 d.z=3 g/ "},
        {"f", "a", 0, "a=4 d/ d/e/ d/e/x=1 d/y=2 d.z=3 g/ "},
        {"d/y", "d/e/y", 0, "d/ d/e/ d/e/x=1 d/e/y=2 d.z=3 f=4 g/ "},
        {"d", "h", 0, "d.z=3 f=4 g/ h/ h/e/ h/e/x=1 h/y=2 "},
        {"d", "g", 0, "d.z=3 f=4 g/ g/e/ g/e/x=1 g/y=2 "},
        {"d/e", "e", 0, "d/ d/y=2 d.z=3 e/ e/x=1 f=4 g/ "},
        {"d", "d.y", 0, "d.y/ d.y/e/ d.y/e/x=1 d.y/y=2 d.z=3 f=4 g/ "},
        {"g", "d/e/g", 0, "d/ d/e/ d/e/g/ d/e/x=1 d/y=2 d.z=3 f=4 "},
        {"f", "f", 0, NULL},
        {"d", "d", 0, NULL},
        {"", "h", -ENOENT, NULL},
        {"f", "", -ENOENT, NULL},
        {"no", "no", -ENOENT, NULL},
        {"f/no", "f/no", -ENOTDIR, NULL},
        {"no", "h", -ENOENT, NULL},
        {"no/x", "h", -ENOENT, NULL},
        {"f/x", "h", -ENOTDIR, NULL},
        {"f", "no/x", -ENOENT, NULL},
        {"f", "d/y/x", -ENOTDIR, NULL},
        {"no", "f/x", -ENOTDIR, NULL},
        {"d", "d/e/d", -EINVAL, NULL},
        {"d", "d/h", -EINVAL, NULL},
        {"d/e/x", "d", -ENOTEMPTY, NULL},
        {"d/e", "d", -ENOTEMPTY, NULL},
        {"g", "d", -ENOTEMPTY, NULL},
        {"g", "f", -ENOTDIR, NULL},
        {"f", "g", -EISDIR, NULL},
        {"f", "d", -EISDIR, NULL},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct fixture fixture;
        set_up(&fixture);
        make_tree(&fixture);
        int r = image_tree_rename(fixture.image, cases[i].from, cases[i].to);
        const char *expected = cases[i].names == NULL ? TREE : cases[i].names;
        if (r != cases[i].result || strcmp(names(&fixture), expected) != 0) {
            fail_msg("'%s' to '%s': %d, %s", cases[i].from, cases[i].to, r, fixture.text);
        }
        /* What moved is found by its new name. */
        for (uint32_t k = 0; k < fixture.image->entry_count; k++) {
            const struct image_entry *entry = &fixture.image->entries[k];
            assert_ptr_equal(image_tree_find(fixture.image, entry->name->path), entry);
        }
        tear_down(&fixture);
    }
}

static void moves_names_to_the_length_that_there_is_room_for(void **state)
{
    (void)state;
    struct fixture fixture;
    char deep[DISK_PATH_SIZE_BYTES];
    char target[DISK_PATH_SIZE_BYTES];
    set_up(&fixture);
    make_tree(&fixture);
    memset(deep, 'x', sizeof deep);
    memcpy(deep, "d/e/", 4);
    deep[sizeof deep - 1] = '\0';
    (void)make_file(&fixture, deep, '9');
    memset(target, 't', sizeof target);
    target[sizeof target - 1] = '\0';
    assert_int_equal(image_tree_rename(fixture.image, "d", target), 0);
    assert_null(image_tree_find(fixture.image, "d"));
    assert_non_null(image_tree_find(fixture.image, target));
    tear_down(&fixture);
}

/* A clone has the same names and contents; who changes one makes it its own. */
static void makes_a_shared_content_its_own(void **state)
{
    (void)state;
    struct fixture fixture;
    struct image_content *content = NULL;
    set_up(&fixture);
    uint32_t file = make_file(&fixture, "a", '1');
    struct image_content *before = fixture.image->files[file].content;
    assert_int_equal(image_tree_own_content(&fixture.image->files[file], &content), 0);
    assert_ptr_equal(content, before);
    struct image *clone = image_clone(fixture.image);
    assert_int_equal(before->ref_count, 2);
    assert_int_equal(fixture.image->entries[0].name->ref_count, 2);
    assert_int_equal(image_tree_own_content(&clone->files[file], &content), 0);
    assert_ptr_not_equal(content, before);
    assert_int_equal(before->ref_count, 1);
    assert_int_equal(content->ref_count, 1);
    assert_int_equal(content->size_bytes, 1);
    assert_int_equal(content->chunks[0].chunk->ref_count, 2);
    image_free(clone);
    assert_int_equal(before->chunks[0].chunk->ref_count, 1);
    assert_int_equal(fixture.image->entries[0].name->ref_count, 1);
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_a_subtree_right_behind_its_directory),
        cmocka_unit_test(tells_what_lies_below_a_directory),
        cmocka_unit_test(finds_names_however_many_there_are),
        cmocka_unit_test(says_why_a_name_cannot_be),
        cmocka_unit_test(uses_the_slots_of_files_that_went),
        cmocka_unit_test(renames_as_the_kernel_does),
        cmocka_unit_test(moves_names_to_the_length_that_there_is_room_for),
        cmocka_unit_test(makes_a_shared_content_its_own),
    };
    return cmocka_run_group_tests_name("harness.run.image_tree", tests, NULL, NULL);
}
