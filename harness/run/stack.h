/* The stacks of crashed cases: addresses as the dying process left them, names for people. */
#ifndef HARNESS_RUN_STACK_H
#define HARNESS_RUN_STACK_H

#include <stddef.h>

/* Replaces the line "stack 0x... 0x..." of `detail` by one line a frame, "  at function
 * (file:line)", as addr2line knows `exe_path`; without addr2line the addresses stay.  Starts a
 * process, so it is for the campaign and replay, never for the worker. */
void stack_name(char *detail, size_t detail_size_bytes, const char *exe_path);

#endif
