/* A page is whole, holds its data as data, and needs nothing else. */
#include "harness/testkit/test.h"
#include "reports/page/html_page.h"

static char *write_page(const json_t *data, int expected)
{
    char *text = NULL;
    size_t size = 0;
    struct err err = ERR_INIT;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    test_code(html_page_write(stream, data, &err), expected);
    (void)fclose(stream);
    return text;
}

/* The data between its script tags, as a browser would take it. */
static json_t *data_of(const char *page)
{
    static const char begin[] = "<script type=\"application/json\" id=\"data\">";
    const char *from = strstr(page, begin);
    assert_non_null(from);
    from += strlen(begin);
    const char *end = strstr(from, "</script>");
    assert_non_null(end);
    json_t *data = json_loadb(from, (size_t)(end - from), 0, NULL);
    assert_non_null(data);
    return data;
}

static void data_cannot_leave_its_place(void **state)
{
    static const char evil[] =
        "</script><script>alert(1)</script><!-- & \xe2\x80\xa8 <!--@style-->";
    (void)state;
    json_t *data = json_pack("{ss}", "name", evil);
    char *page = write_page(data, 0);
    assert_null(strstr(page, "alert(1)</script>"));
    assert_null(strstr(page, "\xe2\x80\xa8"));
    assert_null(strstr(page, "<!--@"));
    json_t *found = data_of(page);
    assert_string_equal(json_string_value(json_object_get(found, "name")), evil);
    json_decref(found);
    json_decref(data);
    free(page);
}

static void it_names_no_other_place(void **state)
{
    (void)state;
    json_t *data = json_object();
    char *page = write_page(data, 0);
    assert_null(strstr(page, "<link rel=\"stylesheet\""));
    assert_null(strstr(page, " src=\"http"));
    test_contains(page, "default-src 'none'");
    test_contains(page, "prefers-color-scheme: dark");
    test_contains(page, "Redistribution and use in source and binary forms");
    assert_true(strlen(page) < (size_t)1 << 20);
    assert_true(strlen(page) > html_page_frame_bytes() - 200);
    json_decref(data);
    free(page);
}

static void what_is_too_large_is_not_begun(void **state)
{
    (void)state;
    char *text = malloc(HTML_PAGE_SIZE_BYTES_MAX / 5);
    assert_non_null(text);
    memset(text, '<', HTML_PAGE_SIZE_BYTES_MAX / 5 - 1);
    text[HTML_PAGE_SIZE_BYTES_MAX / 5 - 1] = '\0';
    json_t *data = json_pack("{ss}", "name", text);
    char *page = write_page(data, -EFBIG);
    assert_int_equal(strlen(page), 0);
    json_decref(data);
    free(text);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_cannot_leave_its_place),
        cmocka_unit_test(it_names_no_other_place),
        cmocka_unit_test(what_is_too_large_is_not_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
