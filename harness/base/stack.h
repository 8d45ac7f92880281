/* The stacks of crashed cases: addresses as the dying process left them, names for people. */
#ifndef HARNESS_BASE_STACK_H
#define HARNESS_BASE_STACK_H

#include <stddef.h>
#include <stdint.h>

#define STACK_FRAMES_MAX 24

/* Replaces the line "stack 0x... 0x..." of `detail` by one line a frame, "  at function
 * (file:line)", as addr2line knows `exe_path`; without addr2line the addresses stay.  Starts a
 * process, so it is for the campaign and replay, never for the worker. */
void stack_name(char *detail, size_t detail_size_bytes, const char *exe_path);

/* "function at file:line" per address, through addr2line; plain addresses where there is none.
 * `load_base` is where the program was loaded.  Starts a process: not for the worker. */
size_t stack_symbolise(const uintptr_t *addresses, size_t count, uintptr_t load_base,
                       const char *exe_path, char *text, size_t size_bytes);

#endif
