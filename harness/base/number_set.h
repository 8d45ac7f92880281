/* A set of 64-bit numbers, emptied at no cost and used again. */
#ifndef HARNESS_BASE_NUMBER_SET_H
#define HARNESS_BASE_NUMBER_SET_H

#include <stddef.h>
#include <stdint.h>

struct number_set;

/* NULL when out of memory. */
struct number_set *number_set_new(void);
struct number_set *number_set_free(struct number_set *set);
void number_set_clear(struct number_set *set);
/* 1 when it was not there, 0 when it was, or -ENOMEM. */
int number_set_add(struct number_set *set, uint64_t number);

#endif
