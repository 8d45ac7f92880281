/* Lines of a verdict (finding.h). */
#include "harness/reenact/finding.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool parse_line(const char *line, size_t length, struct finding *ret_finding)
{
    char text[DISK_PATH_SIZE_BYTES + FINDING_TEXT_SIZE_BYTES];
    (void)snprintf(text, sizeof(text), "%.*s", (int)length, line);
    char *file = strchr(text, ' ');
    char *colon = file == NULL ? NULL : strstr(file, ": ");
    char *at = NULL;
    if (colon == NULL) {
        return false;
    }
    *file++ = '\0';
    *colon = '\0';
    at = strrchr(file, '@');
    memset(ret_finding, 0, sizeof(*ret_finding));
    ret_finding->property = property_find(text);
    if (at == NULL || ret_finding->property == PROPERTY_COUNT) {
        return false;
    }
    *at = '\0';
    (void)snprintf(ret_finding->file, sizeof(ret_finding->file), "%s", file);
    ret_finding->offset = strtoull(at + 1, NULL, 10);
    (void)snprintf(ret_finding->text, sizeof(ret_finding->text), "%s", colon + 2);
    return true;
}

size_t finding_parse(const char *detail, struct finding *findings, size_t capacity)
{
    size_t count = 0;
    while (*detail != '\0' && count < capacity) {
        size_t length = strcspn(detail, "\n");
        count += parse_line(detail, length, &findings[count]) ? 1 : 0;
        detail += length + (detail[length] == '\n' ? 1 : 0);
    }
    return count;
}

void finding_locate(struct finding *finding, uint64_t file_size_bytes)
{
    static const char *const directories[] = {"commitlog", "dledger-n0/data"};
    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
        if (strcmp(finding->file, directories[i]) == 0 && file_size_bytes > 0) {
            uint64_t start = finding->offset - finding->offset % file_size_bytes;
            (void)snprintf(finding->file, sizeof(finding->file), "%s/%020" PRIu64, directories[i],
                           start);
            finding->offset -= start;
        }
    }
}

const struct finding *finding_of(const struct finding *findings, size_t count,
                                 enum property property)
{
    for (size_t i = 0; i < count; i++) {
        if (findings[i].property == property) {
            return &findings[i];
        }
    }
    return NULL;
}
