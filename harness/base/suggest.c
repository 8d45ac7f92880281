/* Optimal string alignment distance over words of bounded length. */
#include "harness/base/suggest.h"

#include <stdio.h>
#include <string.h>

#define WORD_SIZE_BYTES_MAX 64

static size_t least(size_t left, size_t right)
{
    return left < right ? left : right;
}

/* Both words are at most WORD_SIZE_BYTES_MAX long. Three rows are enough: a swap of neighbours
 * looks two rows up. See "optimal string alignment": no letter is changed twice, which typing
 * errors do not need. */
static size_t edit_distance(const char *left, size_t left_size, const char *right,
                            size_t right_size)
{
    size_t rows[3][WORD_SIZE_BYTES_MAX + 1];
    size_t *before = rows[0];
    size_t *above = rows[1];
    size_t *row = rows[2];
    for (size_t j = 0; j <= right_size; j++) {
        above[j] = j;
        before[j] = j;
    }
    for (size_t i = 1; i <= left_size; i++) {
        row[0] = i;
        for (size_t j = 1; j <= right_size; j++) {
            size_t change = left[i - 1] == right[j - 1] ? 0 : 1;
            row[j] = least(least(row[j - 1], above[j]) + 1, above[j - 1] + change);
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
                row[j] = least(row[j], before[j - 2] + 1);
            }
        }
        size_t *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[right_size];
}

/* A third of the letters and no more: past that, "did you mean" names words that have nothing to do
 * with what was typed. */
const char *suggest_nearest(const char *word, const char *const *words, size_t count)
{
    size_t size = strlen(word);
    if (size == 0 || size > WORD_SIZE_BYTES_MAX) {
        return NULL;
    }
    const char *nearest = NULL;
    size_t nearest_distance = (size + 2) / 3 + 1;
    for (size_t i = 0; i < count; i++) {
        size_t other_size = strlen(words[i]);
        if (other_size > WORD_SIZE_BYTES_MAX) {
            continue;
        }
        size_t distance = edit_distance(word, size, words[i], other_size);
        if (distance < nearest_distance) {
            nearest = words[i];
            nearest_distance = distance;
        }
    }
    return nearest;
}

const char *suggest_phrase(const char *word, const char *const *words, size_t count, char *text,
                           size_t text_size_bytes)
{
    const char *nearest = suggest_nearest(word, words, count);
    if (nearest != NULL) {
        snprintf(text, text_size_bytes, "; did you mean '%s'?", nearest);
    } else {
        snprintf(text, text_size_bytes, "%s", "");
    }
    return text;
}
