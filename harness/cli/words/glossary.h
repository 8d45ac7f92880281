/* docs/GLOSSARY.md, compiled in: the words that `explain` knows from no other table.
 */
#ifndef HARNESS_CLI_WORDS_GLOSSARY_H
#define HARNESS_CLI_WORDS_GLOSSARY_H

#include <stdbool.h>

#define GLOSSARY_NAME_SIZE_BYTES    48
#define GLOSSARY_MEANING_SIZE_BYTES 1024

struct glossary_word {
    char name[GLOSSARY_NAME_SIZE_BYTES];
    char meaning[GLOSSARY_MEANING_SIZE_BYTES]; /* without markup */
};

/* Calls `take` for each word in the order of the document; those of one row have one meaning. Stops
 * when it returns false.  The struct is gone after the call. */
void glossary_each(bool (*take)(void *arg, const struct glossary_word *word), void *arg);

#endif
