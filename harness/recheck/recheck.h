/* The oracle of this program over what a run has kept, nothing run again: the store as the crash
 * left it, beside what was promised of it; and the recorded operations, by the rules of what must
 * be durable before what.  What only a restart shows is not judged here. */
#ifndef HARNESS_RECHECK_RECHECK_H
#define HARNESS_RECHECK_RECHECK_H

#include "harness/capsule/capsule.h"
#include "harness/power/trace/trace.h"

struct recheck {
    bool has_store;      /* a store was judged, */
    bool has_recording;  /* a recording was; */
    char gap[256];       /* why not, or not to the end; or "" */
    uint64_t mechanisms; /* what is wrong */
    uint32_t violated;   /* the properties of these, as bits of enum property */
    char text[ENDING_DETAIL_SIZE_BYTES];
    /* Of a capsule, properties: what was recorded of it and is not found, which a restart may show,
     * and what is found and was not recorded. */
    uint32_t unseen;
    uint32_t added;
};

/* Judges a recording; `scenario` has the switches of its run.  0; ERR_CORRUPT when the recording is
 * of another scenario, or -ENOMEM. */
int recheck_trace(const struct scenario *scenario, uint64_t seed, const struct trace *trace,
                  struct recheck *ret_recheck, struct err *err);
/* Judges store and recording of a capsule, and compares with what it says of itself.  0, ERR_USAGE
 * when this program does not understand its scenario, or -ENOMEM. */
int recheck_capsule(const struct capsule *capsule, struct recheck *ret_recheck, struct err *err);

#endif
