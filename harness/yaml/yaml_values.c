/* Readers for plain values. Everything here is user input: nothing is asserted. */
#include "harness/yaml/yaml_values.h"

#include "harness/base/suggest.h"
#include "harness/base/units.h"
#include "store/base/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HINT_SIZE_BYTES 96

#define READER(name) YAML_TABLE_READER(yaml_values_##name)
/* Complains about `node` of the reader it stands in. */
#define COMPLAIN(...) yaml_reader_error(walk->reader, node, walk->err, __VA_ARGS__)

READER(number)
{
    uint64_t value = 0;
    if (!units_parse_count(text, target->max > UINT32_MAX ? target->max : UINT32_MAX, &value)) {
        return COMPLAIN("expected a number, found '%.40s'", text);
    }
    if (value < target->min || value > target->max) {
        return COMPLAIN("%s is out of range: %" PRIu64 " to %" PRIu64, text, target->min,
                        target->max);
    }
    *(uint64_t *)target->at = value;
    return 0;
}

READER(count)
{
    uint64_t value = 0;
    struct yaml_table_target wide = *target;
    wide.at = &value;
    int r = yaml_values_number(walk, node, text, &wide);
    if (r == 0) {
        *(uint32_t *)target->at = (uint32_t)value;
    }
    return r;
}

/* The bounds are printed with units, as the file would have them. */
READER(size)
{
    uint64_t value = 0;
    if (!units_parse_size(text, &value)) {
        return COMPLAIN("expected a size, as in 4KiB, found '%.40s'", text);
    }
    if (value < target->min || value > target->max) {
        char min[32];
        char max[32];
        units_print_size(target->min, min, sizeof(min));
        units_print_size(target->max, max, sizeof(max));
        return COMPLAIN("%s is out of range: %s to %s", text, min, max);
    }
    *(uint64_t *)target->at = value;
    return 0;
}

/* Virtual time goes backwards only by clock-jump, which has a parser of its own. */
READER(duration)
{
    int64_t value = 0;
    if (!units_parse_duration(text, &value) || value < 0) {
        return COMPLAIN("expected a duration, as in 200ms, 5s, 3m or 1h, found '%.40s'", text);
    }
    *(int64_t *)target->at = value;
    return 0;
}

READER(flag)
{
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        return COMPLAIN("expected true or false, found '%.40s'", text);
    }
    *(bool *)target->at = strcmp(text, "true") == 0;
    return 0;
}

int yaml_values_find(struct yaml_table_walk *walk, const yaml_node_t *node, const char *text,
                     const char *what, const char *const *words, size_t word_count)
{
    char hint[HINT_SIZE_BYTES];
    size_t index = names_find(words, word_count, text);
    if (index < word_count) {
        return (int)index;
    }
    COMPLAIN("unknown %s '%.64s'%s", what, text,
             suggest_phrase(text, words, word_count, hint, sizeof(hint)));
    return -1;
}

/* Enums are stored as 32 bits, which whoever makes a table asserts of each. */
READER(word)
{
    int index = yaml_values_find(walk, node, text, "word", target->words, target->word_count);
    if (index < 0) {
        return ERR_USAGE;
    }
    uint32_t value = (uint32_t)index;
    memcpy(target->at, &value, sizeof(value));
    return 0;
}
