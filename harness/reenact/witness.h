/* Where in the engine each entry of a recording was made: the return addresses of its calls. */
#ifndef HARNESS_REENACT_WITNESS_H
#define HARNESS_REENACT_WITNESS_H

#include "harness/base/stack.h"

struct witness;

/* NULL when out of memory. */
struct witness *witness_new(void);
struct witness *witness_free(struct witness *witness);
/* Keeps the stack of its caller as that of the entry which begins there: trace_options.witness,
 * with the witness as its argument.  What there is no memory for has no stack. */
void witness_see(void *arg, uint64_t begin_sequence);
/* The stack of an entry, innermost first. How many; 0 when there is none. */
size_t witness_stack(const struct witness *witness, uint64_t begin_sequence,
                     uintptr_t addresses[STACK_FRAMES_MAX]);

#endif
