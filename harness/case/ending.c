/* One way to say how a case ended. */
#include "harness/case/ending.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* The detail is the last and by far the largest field; a zero at its first byte empties it.
 * Hundreds of thousands of images clear one each. */
void ending_clear(struct ending *ending)
{
    memset(ending, 0, offsetof(struct ending, detail) + 1);
}

static void set_detail(struct ending *ending, const char *text)
{
    (void)snprintf(ending->detail, sizeof(ending->detail), "%s", text);
}

void ending_fail(struct ending *ending, enum outcome outcome, int32_t signal, const char *text)
{
    ending->outcome = outcome;
    ending->signal = signal;
    set_detail(ending, text);
}

/* A later step of the protocol may find more after an earlier one did: violations are joined, and
 * the first text stays, since what broke first explains the rest. */
void ending_judge(struct ending *ending, uint64_t mechanisms, uint64_t first,
                  const uint8_t places[MECHANISM_COUNT], const char *text, bool has_opened)
{
    ending->first = ending->mechanisms == 0 ? first : ending->first;
    for (uint64_t rest = mechanisms & ~ending->mechanisms; rest != 0; rest &= rest - 1) {
        int i = __builtin_ctzll(rest);
        ending->places[i] = places[i];
    }
    ending->mechanisms |= mechanisms;
    ending->violated |= mechanism_violated(mechanisms);
    if (ending->detail[0] == '\0') {
        set_detail(ending, text);
    }
    ending->outcome = OUTCOME_INTACT;
    if (ending->violated != 0) {
        /* A store that opened once and then broke `starts` at the second restart has lost more than
         * a refusal would tell: that stays a violation. */
        bool is_refused = (ending->violated & PROPERTY_BIT(STARTS)) != 0 && !has_opened;
        ending->outcome = is_refused ? OUTCOME_REFUSED : OUTCOME_VIOLATED;
    }
}
