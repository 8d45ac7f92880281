/* The template, with its parts put where it names them (html_page.h). */
#include "reports/page/html_page.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The files themselves, with a zero behind each (CMakeLists.txt says where they are). */
#define PART(name, path)             \
    __asm__(".pushsection .rodata\n" \
            "html_page_" #name ":\n" \
            ".incbin \"" path "\"\n" \
            ".byte 0\n"              \
            ".popsection\n");        \
    extern const char html_page_##name[] __asm__("html_page_" #name)

PART(template, PAGE_DIR "/page.html");
PART(style, PAGE_DIR "/page.css");
PART(charts, PAGE_DIR "/charts.js");
PART(script, PAGE_DIR "/page.js");
PART(library, PAGE_D3_PATH);
PART(licence, PAGE_D3_LICENCE_PATH);

/* "<!--@style-->" in the template stands for a part. */
#define MARK_BEGIN "<!--@"
#define MARK_END   "-->"

struct part {
    const char *name;
    const char *text;
};

static const struct part parts[] = {
    {"style", html_page_style},   {"library", html_page_library}, {"licence", html_page_licence},
    {"charts", html_page_charts}, {"script", html_page_script},
};

#define PART_COUNT (sizeof(parts) / sizeof(parts[0]))

/* The part that stands at a mark; NULL: it is the data's. */
static const char *find_part(const char *name, size_t length)
{
    for (size_t i = 0; i < PART_COUNT; i++) {
        if (strlen(parts[i].name) == length && memcmp(parts[i].name, name, length) == 0) {
            return parts[i].text;
        }
    }
    return NULL;
}

size_t html_page_frame_bytes(void)
{
    size_t size_bytes = strlen(html_page_template);
    for (size_t i = 0; i < PART_COUNT; i++) {
        size_bytes += strlen(parts[i].text);
    }
    return size_bytes;
}

/* Inside a script element the data may hold no "</script" and no "<!--": a '<' occurs in strings
 * alone, where it can be written another way.  All that is not ASCII is escaped already, and with
 * it U+2028, which ends a line in older scripts. */
static void write_data(FILE *stream, const char *text)
{
    for (const char *at = text; *at != '\0';) {
        size_t plain = strcspn(at, "<>&");
        (void)fwrite(at, 1, plain, stream);
        at += plain;
        if (*at != '\0') {
            (void)fprintf(stream, "\\u%04x", (unsigned)*at++);
        }
    }
}

static void write_frame(FILE *stream, const char *data)
{
    const char *at = html_page_template;
    for (const char *mark; (mark = strstr(at, MARK_BEGIN)) != NULL;) {
        const char *name = mark + strlen(MARK_BEGIN);
        const char *end = strstr(name, MARK_END);
        const char *text = find_part(name, (size_t)(end - name));
        (void)fwrite(at, 1, (size_t)(mark - at), stream);
        if (text != NULL) {
            (void)fputs(text, stream);
        } else {
            write_data(stream, data);
        }
        at = end + strlen(MARK_END);
    }
    (void)fputs(at, stream);
}

static size_t escaped_bytes(const char *text)
{
    size_t size_bytes = 0;
    for (const char *at = text; *at != '\0'; at++) {
        size_bytes += *at == '<' || *at == '>' || *at == '&' ? 6 : 1;
    }
    return size_bytes;
}

int html_page_write(FILE *stream, const json_t *data, struct err *err)
{
    char *text = json_dumps(data, JSON_COMPACT | JSON_ENSURE_ASCII);
    int r = 0;
    if (text == NULL) {
        return err_set(err, -ENOMEM, "no memory for the page");
    }
    if (escaped_bytes(text) + html_page_frame_bytes() > HTML_PAGE_SIZE_BYTES_MAX) {
        r = err_set(err, -EFBIG, "the page would be larger than %zu MiB",
                    HTML_PAGE_SIZE_BYTES_MAX >> 20);
        goto out;
    }
    errno = 0;
    write_frame(stream, text);
    if (fflush(stream) != 0 || ferror(stream) != 0) {
        r = errno == 0 ? -EIO : -errno;
        r = err_set(err, r, "write the page: %s", strerrordesc_np(-r));
    }
out:
    free(text);
    return r;
}
