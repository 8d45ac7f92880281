/* Figures of a bench. */
#include "harness/gate/ratios.h"

#include "harness/base/input_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define FILE_SIZE_BYTES_MAX (1u << 20)

const struct ratio *ratios_find(const struct ratios *figures, const char *name)
{
    for (uint32_t i = 0; i < figures->count; i++) {
        if (strcmp(figures->rows[i].name, name) == 0) {
            return &figures->rows[i];
        }
    }
    return NULL;
}

static int take(const char *path, json_t *from, struct ratios *figures, struct err *err)
{
    json_error_t why;
    const char *name = "";
    const char *better = "";
    double ratio = 0;
    if (json_unpack_ex(from, &why, 0, "{s:s, s:F, s:s}", "name", &name, "ratio", &ratio, "better",
                       &better) != 0) {
        return err_set(err, ERR_CORRUPT, "%s: a figure: %s", path, why.text);
    }
    if (ratio <= 0) {
        return 0;
    }
    if (figures->count == RATIOS_MAX) {
        return err_set(err, ERR_CORRUPT, "%s: more than %d figures", path, RATIOS_MAX);
    }
    struct ratio *row = &figures->rows[figures->count++];
    (void)snprintf(row->name, sizeof(row->name), "%s", name);
    row->ratio = ratio;
    row->is_more_better = strcmp(better, "more") == 0;
    return 0;
}

int ratios_read(const char *path, struct ratios *ret_ratios, struct err *err)
{
    json_error_t why;
    char *text = NULL;
    size_t size_bytes = 0;
    json_t *document = NULL;
    int r = input_file_read(path, FILE_SIZE_BYTES_MAX, &text, &size_bytes, err);
    if (r < 0) {
        return r;
    }
    memset(ret_ratios, 0, sizeof(*ret_ratios));
    document = json_loadb(text, size_bytes, JSON_REJECT_DUPLICATES, &why);
    if (document == NULL) {
        r = err_set(err, ERR_CORRUPT, "%s:%d: %s", path, why.line, why.text);
        goto out;
    }
    json_t *list = json_object_get(document, "figures");
    for (size_t i = 0; r == 0 && i < json_array_size(list); i++) {
        r = take(path, json_array_get(list, i), ret_ratios, err);
    }
    if (r == 0 && ret_ratios->count == 0) {
        r = err_set(err, ERR_CORRUPT, "%s: no figure with a ratio: not what bench --json writes",
                    path);
    }
out:
    json_decref(document);
    free(text);
    return r;
}
