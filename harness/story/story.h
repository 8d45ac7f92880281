/* What happened in one case, for somebody who is on call and knows nothing of it: in which order,
 * what was in flight, what reached the disk, what of that mattered, what the restart did, which
 * bytes are wrong, and from which source line.
 *
 * The case is run once more on the memory disk, in a process of its own that a dying engine may
 * take with it.  So there is no story of what cannot be run there: programs outside, services in
 * threads, pod kills. */
#ifndef HARNESS_STORY_STORY_H
#define HARNESS_STORY_STORY_H

#include "harness/base/stack.h"
#include "harness/case/mechanism.h"
#include "harness/case/token.h"
#include "harness/figures/figures.h"
#include "harness/scenario/scenario.h"
#include "harness/story/page.h"

/* What to look at first: a wrong decision of the restart that it told, else the operation (or
 * answer) to blame. */
struct story_source {
    char why[96];              /* "it wrote these bytes last"; "": nothing was found */
    char point[48];            /* "queue/cut-tail", "acked", "dup-info-check"; "": none */
    struct stack_frame at;     /* where the store does it; line 0: not known */
    struct stack_frame caller; /* and who has it done */
};

/* A case, told.  Plain data, large. */
struct story {
    enum mechanism mechanism; /* the root of what was found first; MECHANISM_COUNT: nothing was */
    struct story_source source;
    bool is_cut_short; /* the store died while it was told; what the page has is from before */
    struct page page;
};

/* Runs the token's case and tells it.  `scenario` as below; `*ret_story` is all 0.  0 and errors as
 * below. */
int story_tell(const struct scenario *scenario, const struct token *token, struct story *ret_story,
               struct err *err);

/* The same about `mechanism`, as of story_source(), and what its pictures are drawn from, for which
 * other crashes along the way are tried: some seconds.  `*ret_figures` is all 0; NULL: they are not
 * wanted. */
int story_tell_figures(const struct scenario *scenario, const struct token *token,
                       enum mechanism mechanism, struct story *ret_story,
                       struct figures *ret_figures, struct err *err);

/* Runs the token's case and finds what to blame for `mechanism` in it.  `scenario` has the token's
 * switches applied; what was not among the first things found (MECHANISM_COUNT never is) stands
 * for the root of those.  Takes up to a second, and some
 * processes.
 * 0; ERR_USAGE: the case cannot be told, or does not come to pass; -ETIMEDOUT; or -ENOMEM. */
int story_source(const struct scenario *scenario, const struct token *token,
                 enum mechanism mechanism, struct story_source *ret_source, struct err *err);

#endif
