/* The walk over a file that a table drives. */
#include "harness/yaml/yaml_table.h"

#include "harness/base/suggest.h"
#include "store/base/ensure.h"

#include <string.h>

/* A linear search: a file has a few dozen keys, and the table is in the order of the
 * documentation. */
size_t yaml_table_find(const struct yaml_table *table, unsigned section, const char *key)
{
    size_t i = 0;
    while (i < table->row_count && (table->rows[i].option.section != section ||
                                    strcmp(table->rows[i].option.key, key) != 0)) {
        i++;
    }
    return i;
}

/* A NUL inside a scalar would end the text early: what follows it would be neither read nor
 * refused. */
const char *yaml_table_text(struct yaml_table_walk *walk, const yaml_node_t *node)
{
    const char *text = yaml_reader_scalar(node);
    if (text == NULL) {
        yaml_reader_error(walk->reader, node, walk->err, "expected a single value, found %s",
                          node->type == YAML_SEQUENCE_NODE  ? "a list"
                          : node->type == YAML_MAPPING_NODE ? "'key: value' pairs"
                                                            : "a value with a NUL inside");
    }
    return text;
}

int yaml_table_need_list(struct yaml_table_walk *walk, const yaml_node_t *node)
{
    if (node->type == YAML_SEQUENCE_NODE) {
        return 0;
    }
    return yaml_reader_error(walk->reader, node, walk->err, "expected a list, as in [a, b]");
}

/* Only keys of the same section are suggested: one of another would be refused again. */
static int unknown_key(struct yaml_table_walk *walk, const yaml_node_t *node, unsigned section,
                       const char *key)
{
    const char *keys[YAML_TABLE_ROWS_MAX];
    char hint[96];
    size_t count = 0;
    for (size_t i = 0; i < walk->table->row_count; i++) {
        if (walk->table->rows[i].option.section == section) {
            keys[count++] = walk->table->rows[i].option.key;
        }
    }
    return yaml_reader_error(walk->reader, node, walk->err, "unknown key '%.64s'%s", key,
                             suggest_phrase(key, keys, count, hint, sizeof(hint)));
}

/* No reader sees a value that is no text: a list where a word should stand is refused here,
 * once. */
static int read_scalar(struct yaml_table_walk *walk, const struct yaml_table_row *row,
                       const yaml_node_t *node, const struct yaml_table_target *target)
{
    const char *text = yaml_table_text(walk, node);
    return text == NULL ? ERR_USAGE : row->read(walk, node, text, target);
}

/* Errors of an item point at the item; what is wrong with their number points at the list. */
static int read_list(struct yaml_table_walk *walk, const struct yaml_table_row *row,
                     const yaml_node_t *list, const struct yaml_table_target *target)
{
    int r = yaml_table_need_list(walk, list);
    walk->list = list;
    for (size_t i = 0; r == 0 && i < yaml_reader_count(list); i++) {
        r = read_scalar(walk, row, yaml_reader_item(walk->reader, list, i), target);
    }
    return r;
}

static int read_value(struct yaml_table_walk *walk, const struct yaml_table_row *row, void *base,
                      const yaml_node_t *value)
{
    struct yaml_table_target target = {.at = (char *)base + row->offset,
                                       .min = row->min,
                                       .max = row->max,
                                       .words = row->words,
                                       .word_count = row->word_count};
    if (row->shape == YAML_TABLE_NODE) {
        return row->read(walk, value, NULL, &target);
    }
    if (row->shape == YAML_TABLE_SECTION) {
        struct yaml_table_section state = {row->inner, target.at, {NULL}};
        return yaml_table_read(walk, value, &state);
    }
    bool is_list = row->shape == YAML_TABLE_LIST ||
                   (row->shape == YAML_TABLE_ITEM_OR_LIST && value->type == YAML_SEQUENCE_NODE);
    return is_list ? read_list(walk, row, value, &target) : read_scalar(walk, row, value, &target);
}

/* A key without a default must stand there; which of those that say what the section is about
 * does, is up to who asks yaml_table_choose(). */
static int need_keys(struct yaml_table_walk *walk, const yaml_node_t *node,
                     const struct yaml_table_section *state)
{
    for (size_t i = 0; i < walk->table->row_count; i++) {
        const struct yaml_table_row *row = &walk->table->rows[i];
        if (row->option.section == state->section && *row->option.fallback == '\0' &&
            row->choice == 0 && state->seen[i] == NULL) {
            return yaml_reader_error(walk->reader, node, walk->err, "the key '%s' is missing",
                                     row->option.key);
        }
    }
    return 0;
}

/* libyaml keeps duplicate keys: the second would win silently, so it is refused with the line of
 * the first. */
int yaml_table_read(struct yaml_table_walk *walk, const yaml_node_t *node,
                    struct yaml_table_section *state)
{
    ENSURE(walk->table->row_count <= YAML_TABLE_ROWS_MAX);
    if (node->type != YAML_MAPPING_NODE) {
        return yaml_reader_error(walk->reader, node, walk->err, "expected 'key: value' pairs");
    }
    for (size_t i = 0; i < yaml_reader_count(node); i++) {
        const yaml_node_t *key_node = yaml_reader_key(walk->reader, node, i);
        const char *key = yaml_table_text(walk, key_node);
        if (key == NULL) {
            return ERR_USAGE;
        }
        size_t row = yaml_table_find(walk->table, state->section, key);
        if (row == walk->table->row_count) {
            return unknown_key(walk, key_node, state->section, key);
        }
        if (state->seen[row] != NULL) {
            return yaml_reader_error(walk->reader, key_node, walk->err,
                                     "duplicate key '%s', first on line %zu", key,
                                     state->seen[row]->start_mark.line + 1);
        }
        state->seen[row] = key_node;
        int r = read_value(walk, &walk->table->rows[row], state->base,
                           yaml_reader_value(walk->reader, node, i));
        if (r < 0) {
            return r;
        }
    }
    return need_keys(walk, node, state);
}

int yaml_table_choose(struct yaml_table_walk *walk, const struct yaml_table_section *state,
                      const char *what, uint32_t *ret_choice)
{
    const struct yaml_table_row *rows = walk->table->rows;
    const struct yaml_table_row *maker = NULL;
    for (size_t i = 0; i < walk->table->row_count; i++) {
        if (state->seen[i] == NULL || rows[i].choice == 0) {
            continue;
        }
        if (maker != NULL) {
            return yaml_reader_error(walk->reader, state->seen[i], walk->err,
                                     "'%s' and '%s' are two %s", maker->option.key,
                                     rows[i].option.key, what);
        }
        maker = &rows[i];
    }
    *ret_choice = maker == NULL ? 0 : maker->choice;
    for (size_t i = 0; maker != NULL && i < walk->table->row_count; i++) {
        if (state->seen[i] != NULL && rows[i].choices != 0 &&
            (rows[i].choices >> maker->choice & 1) == 0) {
            return yaml_reader_error(walk->reader, state->seen[i], walk->err,
                                     "'%s' does not belong to '%s'", rows[i].option.key,
                                     maker->option.key);
        }
    }
    return 0;
}
