/* Twelve hexadecimal digits of a cause. */
#include "harness/cause/cause_fingerprint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Of 64 bits as many as a person still compares by eye. */
#define SHIFT_BITS 16

void cause_fingerprint_set(struct campaign_cause *cause)
{
    char words[256];
    int length;

    /* Names, not numbers: a row that is put in between must not make all causes new. */
    if (cause->mechanism < MECHANISM_COUNT) {
        length = snprintf(words, sizeof(words), "%s %s%s", mechanism_name(cause->mechanism),
                          mechanism_place_name(cause->place), cause->is_name ? " name" : "");
    } else {
        length = snprintf(words, sizeof(words), "%s %" PRId32 " %s", outcome_name(cause->outcome),
                          cause->signal, cause->function);
    }
    (void)snprintf(cause->fingerprint, sizeof(cause->fingerprint), "%012" PRIx64,
                   (uint64_t)XXH3_64bits(words, (size_t)length) >> SHIFT_BITS);
}
