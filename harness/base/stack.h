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

#define STACK_NAME_SIZE_BYTES 64
#define STACK_FILE_SIZE_BYTES 96

/* One call of a stack. */
struct stack_frame {
    char function[STACK_NAME_SIZE_BYTES];
    char file[STACK_FILE_SIZE_BYTES]; /* "store/service/flusher.c", below the source tree; "":
                                         unknown */
    uint32_t line;                    /* 0: unknown */
};

/* The return addresses of the calls that lead here, innermost first, by the frame pointers that all
 * of this program is built with.  How many; writes nothing but `addresses`. */
size_t stack_walk(uintptr_t *addresses, size_t capacity);
/* Where the running program is loaded: what addresses of its stacks are relative to. */
uintptr_t stack_load_base(void);
/* The frames of one stack, innermost first, those that the compiler has put into others among them.
 * How many, at most `capacity`; 0 where there is no addr2line or it knows none of them.  Starts a
 * process, as above. */
size_t stack_frames(const uintptr_t *addresses, size_t count, uintptr_t load_base,
                    const char *exe_path, struct stack_frame *frames, size_t capacity);

/* "function at file:line" per address, through addr2line; plain addresses where there is none.
 * `load_base` is where the program was loaded.  Starts a process: not for the worker. */
size_t stack_symbolise(const uintptr_t *addresses, size_t count, uintptr_t load_base,
                       const char *exe_path, char *text, size_t size_bytes);

#endif
